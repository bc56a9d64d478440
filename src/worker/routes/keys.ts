/* API keys: made, listed and ended by admins. */
import * as z from "zod";
import { CreatedKey, formatKey, KeyId, KeyList, NewKey } from "../../domain/access/key";
import { AppError } from "../../domain/error";
import { mintEpoch } from "../../domain/ledger/position";
import { isoOf } from "../../domain/time";
import { deleteKey, findKey, insertKey, listKeys } from "../../storage/queries/keys";
import type { AppContext } from "../context";
import { forgetKey } from "../middleware/authenticate";
import { pageOf } from "../page";
import { readInput } from "../read-body";
import { idempotencyKey } from "../request-key";
import { cursorNamed, group, limit, route } from "../route";
import { randomSecret, sha256 } from "../secrets";

const create = route(
  {
    method: "POST",
    path: "/",
    summary: "Make a key",
    detail: "The key is shown this once; only its hash is kept. A kind that `scope` does not name is not limited.",
    headers: { "Idempotency-Key": "A repeat answers with the key's facts, without the key" },
    body: NewKey,
    answers: {
      200: {
        description: "Made before under this Idempotency-Key; the key itself is not shown again",
        schema: CreatedKey,
      },
      201: { description: "The key", schema: CreatedKey },
    },
    errors: ["invalid_request", "too_large", "conflict"],
  },
  async (c) => {
    const { role, name, scope = null } = await readInput(c, NewKey);
    const now = Date.now();
    const id = await newId(c, now);
    const key = formatKey(randomSecret());
    const row = { id, hash: await sha256(key), role, name, scope, created_at: now };
    if (await insertKey(c.env.DB, row)) return c.json({ id, key, role, name, scope }, 201);
    const made = await findKey(c.env.DB, id);
    if (
      made === undefined ||
      JSON.stringify([made.role, made.name, made.scope]) !== JSON.stringify([role, name, scope])
    )
      throw new AppError("conflict", "This Idempotency-Key was used for another key.");
    return c.json(made);
  },
);

/** Ids sort by the time they were made, unless an Idempotency-Key decides: then a repeat finds the same id. */
async function newId(c: AppContext, now: number): Promise<string> {
  const given = idempotencyKey(c);
  if (given === undefined) return `key_${mintEpoch(now, Math.random())}`;
  return `key_${(await sha256(`${c.get("principal").id}/${given}`)).slice(0, 24)}`;
}

const list = route(
  {
    method: "GET",
    path: "/",
    summary: "List keys",
    query: z.object({ limit: limit(100, 1_000), cursor: cursorNamed(KeyId) }),
    answers: { 200: { description: "Keys without their secrets", schema: KeyList } },
    errors: ["invalid_request"],
  },
  async (c, { query }) => {
    const rows = await listKeys(c.env.DB, query.cursor ?? "", query.limit + 1);
    const { page, next_cursor } = pageOf(rows, query.limit, ({ id }) => id);
    return c.json({ keys: page.map((key) => ({ ...key, created_at: isoOf(key.created_at) })), next_cursor });
  },
);

const remove = route(
  {
    method: "DELETE",
    path: "/:id",
    summary: "End a key",
    detail: "At once here, within 30 seconds everywhere, its tickets with it.",
    params: z.object({ id: z.string().min(1).max(64) }),
    answers: { 204: { description: "Gone" } },
    errors: ["not_found"],
  },
  async (c, { params: { id } }) => {
    if (!(await deleteKey(c.env.DB, id))) throw new AppError("not_found", `No key ${id}.`);
    forgetKey(c.env, id);
    return c.body(null, 204);
  },
);

export const keys = [group("Keys", "/api/v1/keys", "keys:manage", [create, list, remove])];
