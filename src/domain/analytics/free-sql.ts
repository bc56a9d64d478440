/* What an analyst may ask Analytics Engine: one SELECT over our own dataset, with a bounded number of rows. The token that
 * the question travels with can read every dataset of the account, so what is not surely ours is refused. */
import { err, ok, type Result } from "../result";

export const SQL_CHARS_MAX = 10_000;
export const ROWS_MAX = 10_000;

/** A text in quotes, a quoted name, a comment of either kind. */
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|--[^\n]*|\/\*[\s\S]*?\*\//g;
const FORBIDDEN =
  /\b(insert|update|delete|alter|drop|create|truncate|grant|revoke|attach|detach|optimize|rename|system|set|into|outfile|format|settings|describe|explain|show|use|kill|exchange|values)\b/i;
const LIMIT = /\blimit\s+(\d+)(?:\s+offset\s+\d+)?\s*$/i;
const SOURCE = /\b(?:from|join)\s+([a-z_][\w.]*|\()/gi;

/** The query as it is sent, or what is wrong with it. */
export function boundedSelect(sql: string, dataset: string): Result<string, string> {
  const text = sql.trim().replace(/;\s*$/, "");
  if (text.length > SQL_CHARS_MAX) return err(`has ${text.length} characters; at most ${SQL_CHARS_MAX}`);
  // Whether it ends a text or goes on with it, databases disagree: what is quoted here might be asked there.
  if (text.includes("\\")) return err("must not hold a backslash");
  const bare = text.replace(QUOTED, (quoted) => (quoted.startsWith("'") ? "''" : " ? "));
  const wrong = refusal(bare, dataset);
  if (wrong !== undefined) return err(wrong);
  const limit = LIMIT.exec(bare);
  if (limit === null) return ok(`${text}\nLIMIT ${ROWS_MAX + 1}\nFORMAT JSON`);
  if (Number(limit[1]) > ROWS_MAX) return err(`asks for ${limit[1]} rows; at most ${ROWS_MAX}`);
  return ok(`${text}\nFORMAT JSON`);
}

/** @param bare without the contents of quotes and comments */
function refusal(bare: string, dataset: string): string | undefined {
  if (!/^\s*select\b/i.test(bare)) return "must be a SELECT";
  // Other ways to quote and to comment that the database may know: behind them a quote would not mean what it does here.
  if (/[#$]|[^\t\n\r -~]/.test(bare)) return "may hold #, $ and letters beyond ASCII within quotes only";
  if (bare.includes(";")) return "must be one statement";
  const forbidden = FORBIDDEN.exec(bare);
  if (forbidden !== null) return `must not say ${forbidden[0].toUpperCase()}: it is read-only, and answered as JSON`;
  const sources = [...bare.matchAll(SOURCE)].map((match) => (match[1] as string).toLowerCase());
  const words = bare.match(/\b(?:from|join)\b/gi) ?? [];
  if (words.length === 0 || words.length !== sources.length) return `must read FROM ${dataset}`;
  const other = sources.find((source) => source !== "(" && source !== dataset);
  if (other !== undefined) return `may read ${dataset} only, not ${other}`;
  return namesMore(bare) ? `may read ${dataset} only` : undefined;
}

const SIGN = /[(),]|\b[a-z_]\w*/gi;
/** What begins a list of sources, and what ends it. */
const SOURCES = /^(?:from|join)$/;
const CLAUSE = /^(?:select|prewhere|where|group|having|window|qualify|order|limit|union|intersect|except)$/;

/** Whether a source is named without FROM or JOIN: after a comma, or as a set. */
function namesMore(bare: string): boolean {
  if (/\bin\s+(?![\s(])/i.test(bare)) return true;
  /** For each bracket that is open, and outside of all: whether sources are being named. */
  const isSource = [false];
  for (const [sign] of bare.matchAll(SIGN)) {
    const word = sign.toLowerCase();
    if (word === "(") isSource.push(false);
    else if (word === ")") isSource.pop();
    else if (word === "," && isSource.at(-1)) return true;
    else if (SOURCES.test(word)) isSource.splice(-1, 1, true);
    else if (CLAUSE.test(word)) isSource.splice(-1, 1, false);
  }
  return false;
}
