/* Rows of a log without their entries, which are most of them: what follows from a minute of a busy object is read without
 * turning a hundred megabytes into text. */
import type { Row } from "../../domain/ledger/row";
import type { Log } from "./log";

/** What is read of a row from either end. As a rule its header and its last line are within; a row in which they are not is
 * read whole. */
const HEAD_BYTES = 1_024;
const TAIL_BYTES = 16_384;

const SQL = `SELECT n, at, substr(CAST(body AS BLOB), 1, ${HEAD_BYTES}) AS head,
  substr(CAST(body AS BLOB), -${TAIL_BYTES}) AS tail FROM log WHERE n > ? ORDER BY n LIMIT ?`;

const decoder = new TextDecoder();

/** Rows above `after` in order; of each body the first and the last line. */
export function bareRows(log: Log, after: number, limit: number): Row[] {
  if (!log.exists) return [];
  return log.sql
    .exec(SQL, after, limit)
    .toArray()
    .map(({ n, at, head, tail }) => {
      const row = { n: n as number, at: at as number };
      const header = lineFrom(head as ArrayBuffer, (text) => text.slice(0, text.indexOf("\n")));
      const rest = lineFrom(tail as ArrayBuffer, (text) => text.slice(text.lastIndexOf("\n") + 1));
      if (header === undefined || rest === undefined) return log.page(row.n - 1, 1)[0] as Row;
      return { ...row, body: `${header}\n${rest}` };
    });
}

/** Undefined where the piece has no whole line. A letter that is cut is in another one. */
function lineFrom(piece: ArrayBuffer, cut: (text: string) => string): string | undefined {
  const text = decoder.decode(piece);
  return text.includes("\n") ? cut(text) : undefined;
}

/** All rows above `pos`. */
export function* bareRowsAfter(log: Log, pos: number, pageRows: number): Generator<Row> {
  for (let last = pos; ; ) {
    const rows = bareRows(log, last, pageRows);
    yield* rows;
    const end = rows.at(-1);
    if (end === undefined) return;
    last = end.n;
  }
}
