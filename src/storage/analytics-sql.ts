/* Analytics Engine's SQL API: the only way to read what was written there. A question is bounded in time and in bytes; the
 * token never leaves this file but in its header, and an answer's text is never passed on. */
import * as z from "zod";
import { ROWS_MAX } from "../domain/analytics/free-sql";
import { err, ok, type Result } from "../domain/result";

const ASK_MS = 30_000;
/** Bytes of an answer: beyond them it is not read. */
const ANSWER_BYTES = 10_000_000;

/** Where it is, and as whom. */
export interface SqlApi {
  url: string;
  account: string;
  token: string;
}

/** `bad_query`: it refused the question. Otherwise it could not be reached, or did not answer as it should. */
export interface SqlTrouble {
  code: "bad_query" | "unavailable";
  detail: string;
}

type Cell = string | number | boolean | null;

export interface Rows {
  columns: string[];
  rows: Record<string, Cell>[];
}

const Cells = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
const Answer = z.object({
  meta: z.array(z.object({ name: z.string(), type: z.string() })),
  data: z.array(Cells),
});

/** @param sql as it is sent, with its bound on rows and FORMAT JSON */
export async function askAnalytics(api: SqlApi, sql: string): Promise<Result<Rows, SqlTrouble>> {
  const unavailable = (detail: string) => err({ code: "unavailable" as const, detail });
  let text: string;
  try {
    const response = await fetch(`${api.url}/accounts/${encodeURIComponent(api.account)}/analytics_engine/sql`, {
      method: "POST",
      headers: { authorization: `Bearer ${api.token}` },
      body: sql,
      signal: AbortSignal.timeout(ASK_MS),
    });
    if (!response.ok) {
      await response.body?.cancel();
      if (response.status === 400 || response.status === 422) {
        return err({ code: "bad_query", detail: `Analytics Engine refused the query (status ${response.status}).` });
      }
      return unavailable(`Analytics Engine answered with status ${response.status}.`);
    }
    const bytes = await boundedBytes(response.body);
    if (bytes === undefined) return unavailable(`The answer has more than ${ANSWER_BYTES} bytes. Ask for fewer rows.`);
    text = new TextDecoder().decode(bytes);
  } catch {
    // It cannot be reached, took too long, or broke off.
    return unavailable("Analytics Engine did not answer in time.");
  }
  return rowsOf(text) ?? unavailable("Analytics Engine answered something that is no table.");
}

async function boundedBytes(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** Whole numbers of 64 bits come as text. */
const isNumeric = (type: string): boolean => /^(Nullable\()?(U?Int|Float)\d+\)?$/.test(type);

function rowsOf(text: string): Result<Rows, never> | undefined {
  try {
    const { meta, data } = Answer.parse(JSON.parse(text));
    const numeric = new Set(meta.filter(({ type }) => isNumeric(type)).map(({ name }) => name));
    const cell = (name: string, value: Cell): Cell =>
      typeof value === "string" && numeric.has(name) ? finite(Number(value)) : value;
    const rows = data.map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, cell(k, v)])));
    return ok({ columns: meta.map(({ name }) => name), rows });
  } catch {
    // Not JSON, or not what is documented.
    return undefined;
  }
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** What was asked for one row more than is answered. */
export const cutRows = ({ columns, rows }: Rows): Rows & { truncated: boolean } => ({
  columns,
  rows: rows.slice(0, ROWS_MAX),
  truncated: rows.length > ROWS_MAX,
});
