/* POST /requests/log: an access log as it is, of any length up to 100 MB. */
import * as z from "zod";
import { AppError } from "../../../domain/error";
import { fingerprint } from "../../../domain/ledger/fingerprint";
import { UploadedLog } from "../../../domain/requests/answers";
import { type LineMeaning, timeOfLine } from "../../../domain/requests/upload";
import { type AppContext, settings } from "../../context";
import { LogUpload } from "../../log-upload";
import { type Line, readLines } from "../../read-lines";
import { idempotencyKey } from "../../request-key";
import { route } from "../../route";
import { isNdjson } from "./post";

/** To move a log, its newest line must be known before the first one is stored: it is held in memory. */
const SHIFTED_MAX_BYTES = 20_000_000;

const Query = z.object({
  shift: z
    .enum(["now"], { error: () => "must be: now" })
    .optional()
    .describe("`now` moves the log so that its newest line is now; at most 20 MB"),
});

export const log = route(
  {
    method: "POST",
    path: "/log",
    summary: "Upload an access log",
    detail:
      "Lines of the combined (or common) log format, nginx's `$request_time` as a last field understood; with the " +
      "Content-Type `application/x-ndjson` one request a line. Plain or gzip, at most 100 MB either way. Stored in " +
      "chunks of 1,000 lines; with an Idempotency-Key an upload that broke off may be repeated from its beginning " +
      "within 15 minutes, and what is stored is skipped. Lines that cannot be read are named, the others are taken.",
    headers: { "Idempotency-Key": "Makes the upload safe to repeat" },
    query: Query,
    body: z.string().describe("The log"),
    answers: { 200: { description: "What was stored, and which lines were not", schema: UploadedLog } },
    errors: ["invalid_request", "too_large", "unsupported_encoding", "conflict", "unavailable"],
  },
  async (c, { query: { shift } }) => {
    const meaning = meaningOf(c);
    const lines = shift === undefined ? readLines(c.req.raw) : await shifted(c, meaning);
    const key = idempotencyKey(c);
    const source = c.get("principal").id;
    const name = `${source}/log/${key ?? crypto.randomUUID()}`;
    meaning.idPrefix = fingerprint(name).toString(36);
    const upload = new LogUpload({ env: c.env, source, key: name, named: key !== undefined, meaning });
    try {
      for await (const line of lines) await upload.take(line);
    } catch (error) {
      throw upload.brokenBy(error);
    }
    await upload.end();
    const { done } = upload;
    if (done.lines > 0 && done.bad === done.lines) {
      const errors = done.bad_lines.map(({ line, detail }) => ({
        pointer: `/${line}`,
        detail: `line ${line} ${detail}`,
      }));
      throw new AppError("invalid_request", "No line of it could be read.", {}, errors);
    }
    return c.json(done);
  },
);

const meaningOf = (c: AppContext): LineMeaning => ({
  format: isNdjson(c) ? "ndjson" : "combined",
  rules: settings(c).ENDPOINT_RULES,
  idPrefix: "",
  now: Date.now(),
  shift: 0,
});

/** All lines, when their newest is known; sets the shift. */
async function shifted(c: AppContext, meaning: LineMeaning): Promise<Line[]> {
  const lines: Line[] = [];
  let newest: number | undefined;
  for await (const line of readLines(c.req.raw, SHIFTED_MAX_BYTES)) {
    lines.push(line);
    const at = line.text === undefined ? undefined : timeOfLine(line.text, meaning.format);
    if (at !== undefined && (newest === undefined || at > newest)) newest = at;
  }
  meaning.shift = newest === undefined ? 0 : meaning.now - newest;
  return lines;
}
