/* The archive: which entries are in it, and the entries themselves, as they were said. What `npm run replay` reads. */
import * as z from "zod";
import { DOMAINS } from "../../domain/archive/domains";
import { ArchiveList, type ManifestRow, partOf, placeOfKey } from "../../domain/archive/manifest";
import { AppError } from "../../domain/error";
import { knownKeys, listArchive, type ManifestPlace } from "../../storage/queries/archive";
import { pageOf } from "../page";
import { badParameter, cursorTo, group, limit, route, TimeText } from "../route";

const PAGE = { usual: 100, most: 1_000 };

const list = route(
  {
    method: "GET",
    path: "/",
    summary: "Which parts of the archive have entries about a time",
    detail: "Oldest first within a domain. What an object has not sent yet, about a minute's entries, is not in it.",
    query: z.object({
      domain: z.enum(DOMAINS).optional(),
      object: z.string().min(1).max(300).optional().describe("As the audit names it"),
      from: TimeText.optional().describe("What entries are about, inclusive; default: the beginning"),
      to: TimeText.optional().describe("Exclusive; default: no end"),
      limit: limit(PAGE.usual, PAGE.most),
      cursor: cursorTo(placeOf),
    }),
    answers: { 200: { description: "A page of parts", schema: ArchiveList } },
    errors: ["invalid_request"],
  },
  async (c, { query }) => {
    const { domain, object, from = 0, to = Number.MAX_SAFE_INTEGER, cursor: after } = query;
    const found = await listArchive(c.env.DB, { domain, object, from, to, after, limit: query.limit + 1 });
    const { page, next_cursor } = pageOf(found, query.limit, cursorOf);
    return c.json({ parts: page.map(partOf), next_cursor });
  },
);

const cursorOf = ({ key, object }: ManifestRow): string => `${key} ${object}`;

function placeOf(text: string): ManifestPlace | undefined {
  const space = text.indexOf(" ");
  const key = text.slice(0, space);
  const place = placeOfKey(key);
  return place === undefined ? undefined : { ...place, key, object: text.slice(space + 1) };
}

const read = route(
  {
    method: "GET",
    path: "/:key",
    summary: "The entries of a part, as compressed lines of JSON",
    detail:
      "The key is URL-encoded. With `offset` and `bytes` of a part: that part alone, a gzip stream of one ledger's entries. " +
      "Without: all parts under the key, gzip streams one after another, which gzip and zcat read as one.",
    params: z.object({ key: z.string().min(1).max(400) }),
    query: z.object({
      offset: z.coerce.number().int().nonnegative().optional(),
      bytes: z.coerce.number().int().positive().optional(),
    }),
    answers: { 200: { description: "One line an entry, oldest first", contentType: "application/gzip" } },
    errors: ["invalid_request", "not_found"],
  },
  async (c, { params: { key }, query: { offset, bytes } }) => {
    if ((offset === undefined) !== (bytes === undefined)) {
      throw badParameter(offset === undefined ? "offset" : "bytes", "is missing: both or neither");
    }
    const place = placeOfKey(key);
    const isNamed = place !== undefined && (await knownKeys(c.env.DB, [{ ...place, key }])).has(key);
    const range = offset === undefined || bytes === undefined ? {} : { range: { offset, length: bytes } };
    const found = isNamed ? await c.env.ARCHIVE.get(key, range).catch(() => null) : null;
    if (found === null) throw new AppError("not_found", `The archive has no ${key}.`);
    return new Response(found.body, { headers: { "content-type": "application/gzip" } });
  },
);

export const archive = [group("Operations", "/api/v1/archive", "archive:read", [list, read])];
