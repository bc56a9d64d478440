/* The questions an analyst asks most, each said once and written in either dialect. Sums and counts are weighed by the
 * sample interval: what Analytics Engine has is a sample. Least and greatest values are those of the sample. What has no
 * figure divides by zero, which is null in both.
 *
 * Values of parameters are written into the text, since Analytics Engine binds none: `QueryParams` lets no quote through. */
import * as z from "zod";
import { RESOLUTION_NAMES, RESOLUTIONS } from "../domain/bucket";
import type { ColumnOf, PointKind } from "./analytics";
import type { Dialect } from "./analytics-dialects";

const Text = z
  .string()
  .min(1)
  .max(200)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  .regex(/^[^'"`\\\u0000-\u001f]+$/, "must not hold quotes, backslashes or control characters");

export const QueryParams = z.object({
  from: z.number().int().nonnegative(),
  to: z.number().int().nonnegative(),
  limit: z.number().int().min(1).max(1_000),
  symbol: Text.optional(),
  endpoint: Text.optional(),
  name: Text.optional(),
  resolution: z.enum(RESOLUTION_NAMES).optional(),
});
export type QueryParams = z.infer<typeof QueryParams>;
export type Filter = "symbol" | "endpoint" | "name" | "resolution";

export interface NamedQuery {
  name: string;
  what: string;
  kind: PointKind;
  parameters: Filter[];
  columns: string[];
  sql(dialect: Dialect, params: QueryParams): string;
}

/** What a source may be ahead of our clock: a point is never written earlier than so long before its start. */
const AHEAD_MS = 5 * 60_000;

/** The columns of a kind in a dialect, and what is asked of all its points. */
function pointsOf<K extends PointKind>(kind: K, dialect: Dialect, params: QueryParams) {
  const column = (name: ColumnOf<K>): string => dialect.column(kind, name);
  const start = column("start" as ColumnOf<K>);
  const { from, to } = params;
  const conditions = [
    `${column("kind" as ColumnOf<K>)} = '${kind}'`,
    dialect.writtenSince(from - AHEAD_MS),
    `${start} >= ${from} AND ${start} < ${to}`,
  ];
  return {
    column,
    start,
    sum: (expression: string): string => `SUM(${dialect.weight} * ${expression})`,
    all: `SUM(${dialect.weight})`,
    /** FROM and WHERE, with what a parameter asks for. */
    where(filters: Partial<Record<ColumnOf<K>, string | undefined>>): string {
      const asked = Object.entries(filters).flatMap(([name, value]) =>
        value === undefined ? [] : [`${column(name as ColumnOf<K>)} = '${value}'`],
      );
      return `FROM ${dialect.from} WHERE ${[...conditions, ...asked].join(" AND ")}`;
    },
  };
}

const QUANTILES = [0.5, 0.95, 0.99] as const;

/** Quantiles of the volumes of minutes. SQLite has no such aggregate: the value at which the running count reaches its share. */
function volumeQuantiles(d: Dialect, p: QueryParams): string {
  const { column, where } = pointsOf("candle", d, p);
  const [symbol, volume] = [column("symbol"), column("volume")];
  const names = QUANTILES.map((q) => `p${q * 100}`);
  const end = `GROUP BY symbol ORDER BY symbol LIMIT ${p.limit}`;
  if (d.name === "analytics_engine") {
    const figures = QUANTILES.map((q, i) => `quantileExactWeighted(${q})(${volume}, ${d.weight}) AS ${names[i]}`);
    return `SELECT ${symbol} AS symbol, ${figures.join(", ")} ${where({ symbol: p.symbol })} ${end}`;
  }
  const figures = QUANTILES.map((q, i) => `MIN(iif(reached >= ${q} * total, volume, NULL)) AS ${names[i]}`);
  return `SELECT symbol, ${figures.join(", ")} FROM (SELECT ${symbol} AS symbol, ${volume} AS volume,
    COUNT(*) OVER (PARTITION BY ${symbol} ORDER BY ${volume} ROWS UNBOUNDED PRECEDING) AS reached,
    COUNT(*) OVER (PARTITION BY ${symbol}) AS total ${where({ symbol: p.symbol })}) ${end}`;
}

export const QUERIES: readonly NamedQuery[] = [
  {
    name: "busiest-symbols",
    what: "Symbols with the most prices, and their volume",
    kind: "candle",
    parameters: ["symbol"],
    columns: ["symbol", "prices", "volume"],
    sql(d, p) {
      const { column, sum, where } = pointsOf("candle", d, p);
      return `SELECT ${column("symbol")} AS symbol, ${sum(column("count"))} AS prices, ${sum(column("volume"))} AS volume
        ${where({ symbol: p.symbol })} GROUP BY symbol ORDER BY prices DESC, symbol LIMIT ${p.limit}`;
    },
  },
  {
    name: "symbol-summary",
    what: "Of each symbol the least and greatest price, volume, price weighted by volume, mean range of a minute",
    kind: "candle",
    parameters: ["symbol"],
    columns: ["symbol", "minutes", "lowest", "highest", "volume", "vwap", "mean_range"],
    sql(d, p) {
      const { column, sum, all, where } = pointsOf("candle", d, p);
      const [close, volume] = [column("close"), column("volume")];
      const range = `(${column("high")} - ${column("low")})`;
      return `SELECT ${column("symbol")} AS symbol, ${all} AS minutes, MIN(${column("low")}) AS lowest,
        MAX(${column("high")}) AS highest, ${sum(volume)} AS volume,
        ${sum(`${close} * ${volume}`)} / ${sum(volume)} AS vwap, ${sum(range)} / ${all} AS mean_range
        ${where({ symbol: p.symbol })} GROUP BY symbol ORDER BY symbol LIMIT ${p.limit}`;
    },
  },
  {
    name: "price-timeline",
    what: "Prices, volume, least and greatest price per minute, hour or day",
    kind: "candle",
    parameters: ["symbol", "resolution"],
    columns: ["bucket", "prices", "volume", "lowest", "highest"],
    sql(d, p) {
      const { column, start, sum, where } = pointsOf("candle", d, p);
      return `SELECT ${d.floor(start, RESOLUTIONS[p.resolution ?? "hour"])} AS bucket, ${sum(column("count"))} AS prices,
        ${sum(column("volume"))} AS volume, MIN(${column("low")}) AS lowest, MAX(${column("high")}) AS highest
        ${where({ symbol: p.symbol })} GROUP BY bucket ORDER BY bucket LIMIT ${p.limit}`;
    },
  },
  {
    name: "volume-quantiles",
    what: "Median, 95th and 99th percentile of the volume of a minute, per symbol",
    kind: "candle",
    parameters: ["symbol"],
    columns: ["symbol", "p50", "p95", "p99"],
    sql: volumeQuantiles,
  },
  {
    name: "quiet-symbols",
    what: "Symbols by when they last had a price, the longest silent first",
    kind: "candle",
    parameters: ["symbol"],
    columns: ["symbol", "last_minute"],
    sql(d, p) {
      const { column, start, where } = pointsOf("candle", d, p);
      return `SELECT ${column("symbol")} AS symbol, MAX(${start}) AS last_minute ${where({ symbol: p.symbol })}
        GROUP BY symbol ORDER BY last_minute, symbol LIMIT ${p.limit}`;
    },
  },
  {
    name: "request-timeline",
    what: "Requests, share of errors, mean latency and bytes per minute, hour or day",
    kind: "request",
    parameters: ["endpoint", "resolution"],
    columns: ["bucket", "requests", "error_rate", "mean_latency", "bytes"],
    sql(d, p) {
      const { column, start, sum, where } = pointsOf("request", d, p);
      const requests = sum(column("count"));
      return `SELECT ${d.floor(start, RESOLUTIONS[p.resolution ?? "hour"])} AS bucket, ${requests} AS requests,
        ${sum(column("errors"))} / ${requests} AS error_rate,
        ${sum(column("latency_sum"))} / ${sum(column("latency_count"))} AS mean_latency, ${sum(column("bytes"))} AS bytes
        ${where({ endpoint: p.endpoint })} GROUP BY bucket ORDER BY bucket LIMIT ${p.limit}`;
    },
  },
  {
    name: "top-endpoints",
    what: "Endpoints with the most requests, with bytes and share of errors",
    kind: "request",
    parameters: ["endpoint"],
    columns: ["endpoint", "method", "requests", "bytes", "error_rate"],
    sql(d, p) {
      const { column, sum, where } = pointsOf("request", d, p);
      const requests = sum(column("count"));
      return `SELECT ${column("endpoint")} AS endpoint, ${column("method")} AS method, ${requests} AS requests,
        ${sum(column("bytes"))} AS bytes, ${sum(column("errors"))} / ${requests} AS error_rate
        ${where({ endpoint: p.endpoint })} GROUP BY endpoint, method
        ORDER BY requests DESC, endpoint, method LIMIT ${p.limit}`;
    },
  },
  {
    name: "slowest-endpoints",
    what: "Endpoints by mean latency, with the worst 95th percentile of a minute",
    kind: "request",
    parameters: ["endpoint"],
    columns: ["endpoint", "method", "mean_latency", "worst_p95", "requests"],
    sql(d, p) {
      const { column, sum, where } = pointsOf("request", d, p);
      return `SELECT ${column("endpoint")} AS endpoint, ${column("method")} AS method,
        ${sum(column("latency_sum"))} / ${sum(column("latency_count"))} AS mean_latency,
        MAX(${column("latency_p95")}) AS worst_p95, ${sum(column("count"))} AS requests
        ${where({ endpoint: p.endpoint })} AND ${column("latency_count")} > 0 GROUP BY endpoint, method
        ORDER BY mean_latency DESC, endpoint, method LIMIT ${p.limit}`;
    },
  },
  {
    name: "requests-by-status",
    what: "Requests per status code and their bytes",
    kind: "request",
    parameters: ["endpoint"],
    columns: ["status", "requests", "bytes"],
    sql(d, p) {
      const { column, sum, where } = pointsOf("request", d, p);
      return `SELECT ${column("status")} AS status, ${sum(column("count"))} AS requests, ${sum(column("bytes"))} AS bytes
        ${where({ endpoint: p.endpoint })} GROUP BY status ORDER BY requests DESC, status LIMIT ${p.limit}`;
    },
  },
  {
    name: "metric-summary",
    what: "Of each metric, from its hours or days: values, mean, least, greatest, the worst 99th percentile",
    kind: "metric",
    parameters: ["name", "resolution"],
    columns: ["name", "samples", "mean", "least", "greatest", "worst_p99"],
    sql(d, p) {
      const { column, sum, where } = pointsOf("metric", d, p);
      const samples = sum(column("count"));
      return `SELECT ${column("name")} AS name, ${samples} AS samples, ${sum(column("sum"))} / ${samples} AS mean,
        MIN(${column("min")}) AS least, MAX(${column("max")}) AS greatest, MAX(${column("p99")}) AS worst_p99
        ${where({ name: p.name, resolution: p.resolution ?? "day" })} GROUP BY name ORDER BY name LIMIT ${p.limit}`;
    },
  },
];

export const queryNamed = (name: string): NamedQuery | undefined => QUERIES.find((query) => query.name === name);
