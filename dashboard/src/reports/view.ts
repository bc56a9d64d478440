/* Which report is looked at. All of it is in the address, so that a report can be sent to somebody. Pure. */
import { bucketStart } from "../../../src/domain/bucket";
import { REPORT_KINDS, type ReportKind } from "../../../src/domain/nodes/report/period";
import { DAY_MS, HOUR_MS } from "../../../src/domain/units";

/** Spans that end now. */
export const SPANS = {
  "1h": { ms: HOUR_MS, words: "The last hour" },
  "24h": { ms: DAY_MS, words: "The last 24 hours" },
  "7d": { ms: 7 * DAY_MS, words: "The last 7 days" },
  "30d": { ms: 30 * DAY_MS, words: "The last 30 days" },
} as const;
export type SpanName = keyof typeof SPANS;
export const SPAN_NAMES = Object.keys(SPANS) as SpanName[];

export interface View {
  kind: ReportKind;
  span: SpanName;
  /** Undefined: all. */
  pool: string | undefined;
  /** One that was written: then the rest says nothing. */
  id: string | undefined;
}

export const readView = (query: URLSearchParams): View => ({
  kind: REPORT_KINDS.find((kind) => kind === query.get("kind")) ?? "health",
  span: SPAN_NAMES.find((name) => name === query.get("span")) ?? "24h",
  pool: query.get("pool") ?? undefined,
  id: query.get("id") ?? undefined,
});

/** `?kind=…`, without what is so anyway. */
export function writeView({ kind, span, pool, id }: View): string {
  const query = new URLSearchParams();
  if (id !== undefined) query.set("id", id);
  else {
    if (kind !== "health") query.set("kind", kind);
    if (span !== "24h") query.set("span", span);
    if (pool !== undefined) query.set("pool", pool);
  }
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

/** Below /api/v1. `now` is cut to a minute, so that a page that draws anew does not ask anew. */
export function pathOf({ kind, span, pool, id }: View, now: number): string {
  if (id !== undefined) return `/reports/${encodeURIComponent(id)}`;
  const minute = bucketStart(now, "minute");
  const query = new URLSearchParams({ from: String(minute - SPANS[span].ms) });
  if (pool !== undefined) query.set("pool", pool);
  return `/reports/${kind}?${query}`;
}

/** Not rounded up to a hundred: 99.999 is not all. */
export const percent = (value: number | null): string => (value === null ? "–" : `${value.toFixed(3)} %`);
