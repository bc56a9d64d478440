/* Questions over many series: named queries everywhere, free SQL where Analytics Engine is. */
import * as z from "zod";
import { isLimited } from "../../domain/access/principal";
import { FreeSql, QueryAnswer, QueryList, SqlAnswer } from "../../domain/analytics/answers";
import { boundedSelect } from "../../domain/analytics/free-sql";
import { AppError } from "../../domain/error";
import { settingsOf } from "../../domain/settings";
import { isoOf } from "../../domain/time";
import { DAY_MS } from "../../domain/units";
import { analyticsEngine, DATASET, sqlite } from "../../storage/analytics-dialects";
import { type NamedQuery, QUERIES, QueryParams, queryNamed } from "../../storage/analytics-queries";
import { askAnalytics, cutRows, type Rows, type SqlApi } from "../../storage/analytics-sql";
import type { AppContext } from "../context";
import { requireNames, requireSymbols } from "../middleware/scope";
import { readInput } from "../read-body";
import { group, limit, route, TimeText } from "../route";

const PAGE = { usual: 100, most: 1_000 };
/** Analytics Engine keeps three months. */
const SPAN_MAX_MS = 92 * DAY_MS;

/** Undefined where no account and token are set. */
function apiOf(env: Env): SqlApi | undefined {
  const { AE_ACCOUNT_ID: account, AE_API_URL: url } = settingsOf(env);
  const token = env.AE_API_TOKEN ?? "";
  return account === "" || token === "" ? undefined : { url, account, token };
}

const NAMES = QUERIES.map(({ name }) => name);

function noSqlHere(): AppError {
  const detail =
    "Free SQL is asked of Analytics Engine, which this installation does not reach (AE_ACCOUNT_ID, AE_API_TOKEN). " +
    `Named queries: GET /api/v1/analytics/queries/{name} with ${NAMES.join(", ")}.`;
  return new AppError("sql_unavailable", detail, { queries: NAMES });
}

async function ask(api: SqlApi, sql: string): Promise<Rows> {
  const answer = await askAnalytics(api, sql);
  if (answer.ok) return answer.value;
  const { code, detail } = answer.error;
  if (code === "unavailable") throw new AppError("unavailable", detail);
  throw badField("/sql", detail);
}

const badField = (pointer: string, detail: string): AppError =>
  new AppError("invalid_request", "One field is not valid.", {}, [{ pointer, detail }]);

const free = route(
  {
    method: "POST",
    path: "/sql",
    summary: "Ask Analytics Engine in SQL",
    detail:
      "One SELECT, at most 30 seconds and 10,000 rows. Points are sampled: weigh sums and counts by `_sample_interval`. " +
      "Where Analytics Engine is not reached, as on the local server, it is refused and the named queries are listed.",
    headers: { "Idempotency-Key": "Accepted; reading changes nothing" },
    body: FreeSql,
    answers: { 200: { description: "Rows", schema: SqlAnswer } },
    errors: ["invalid_request", "too_large", "sql_unavailable", "unavailable"],
  },
  async (c) => {
    if (isLimited(c.get("principal")))
      throw new AppError("forbidden", "A key with a scope may not ask in SQL: it would see everything.");
    const { sql } = await readInput(c, FreeSql);
    const api = apiOf(c.env);
    if (api === undefined) throw noSqlHere();
    const bounded = boundedSelect(sql, DATASET);
    if (!bounded.ok) throw badField("/sql", bounded.error);
    return c.json({ ...cutRows(await ask(api, bounded.value)), as_of: isoOf(Date.now()) } satisfies SqlAnswer);
  },
);

/** As listed: the last day. */
const sample = (now: number): QueryParams => ({ from: now - DAY_MS, to: now, limit: PAGE.usual });

const list = route(
  {
    method: "GET",
    path: "/queries",
    summary: "The named queries, in both dialects",
    answers: { 200: { description: "What can be asked by name", schema: QueryList } },
  },
  (c) => {
    const params = sample(Date.now());
    const queries = QUERIES.map(({ name, what, parameters, columns, sql }) => ({
      ...{ name, what, parameters, columns },
      analytics_engine: sql(analyticsEngine, params),
      sqlite: sql(sqlite, params),
    }));
    return c.json({ queries } satisfies QueryList);
  },
);

const named = route(
  {
    method: "GET",
    path: "/queries/:name",
    summary: "Ask a named query",
    detail: "Over points that begin in [from, to), by default the last 24 hours, at most 92 days.",
    params: z.object({ name: z.string().min(1).max(64) }),
    query: z.object({
      from: TimeText.optional(),
      to: TimeText.optional().describe("Exclusive; default: now"),
      limit: limit(PAGE.usual, PAGE.most),
      symbol: QueryParams.shape.symbol,
      endpoint: QueryParams.shape.endpoint,
      name: QueryParams.shape.name.describe("Of a metric"),
      resolution: QueryParams.shape.resolution.describe(
        "Of a timeline, by default hours; of a metric's rollups, by default days",
      ),
    }),
    answers: { 200: { description: "Rows", schema: QueryAnswer } },
    errors: ["invalid_request", "not_found", "sql_unavailable", "unavailable"],
  },
  async (c, { params, query }) => {
    const asked = queryNamed(params.name);
    if (asked === undefined)
      throw new AppError("not_found", `No query ${params.name}. There are: ${NAMES.join(", ")}.`);
    refuseForeign(asked, c.req.query());
    requireOwn(c, asked, query);
    const now = Date.now();
    const to = query.to ?? now;
    const from = query.from ?? to - DAY_MS;
    if (from >= to || to - from > SPAN_MAX_MS) {
      const detail = from >= to ? "must lie before `to`" : "lies more than 92 days before `to`";
      throw new AppError("invalid_request", "Bad parameter: from", {}, [{ pointer: "from", detail }]);
    }
    const isLocal = c.env.TIDINGS_RUNTIME === "local";
    const sql = asked.sql(isLocal ? sqlite : analyticsEngine, { ...query, from, to });
    const { rows } = isLocal ? await askPoints(c.env.DB, sql) : await ask(mustReach(c.env), `${sql}\nFORMAT JSON`);
    const { columns } = asked;
    const head = { query: asked.name, from: isoOf(from), to: isoOf(to), as_of: isoOf(now), sampled: !isLocal };
    return c.json({ ...head, columns, rows, truncated: rows.length >= query.limit } satisfies QueryAnswer);
  },
);

/** A key that is limited to some symbols or metrics must name one of them: a question over all would show the others. */
function requireOwn(
  c: AppContext,
  { kind }: NamedQuery,
  query: { symbol?: string | undefined; name?: string | undefined },
) {
  const { scope } = c.get("principal");
  if (kind === "candle" && scope?.symbols !== undefined) requireSymbols(c, [query.symbol ?? mustName("symbol")]);
  if (kind === "metric" && scope?.names !== undefined) requireNames(c, [query.name ?? mustName("name")]);
}

function mustName(parameter: string): never {
  throw new AppError("forbidden", `This key is limited: name what it may read with ?${parameter}=.`);
}

/** A filter that a query does not have would be ignored silently. */
function refuseForeign(asked: NamedQuery, given: Record<string, string>): void {
  const filters = ["symbol", "endpoint", "name", "resolution"] as const;
  const foreign = filters.filter((name) => given[name] !== undefined && !asked.parameters.includes(name));
  if (foreign.length === 0) return;
  const errors = foreign.map((pointer) => ({ pointer, detail: `is no parameter of ${asked.name}` }));
  throw new AppError("invalid_request", `Bad parameter: ${foreign.join(", ")}`, {}, errors);
}

function mustReach(env: Env): SqlApi {
  const api = apiOf(env);
  if (api === undefined) throw noSqlHere();
  return api;
}

async function askPoints(db: D1Database, sql: string): Promise<Pick<Rows, "rows">> {
  return { rows: (await db.prepare(sql).all<Rows["rows"][number]>()).results };
}

export const analytics = [group("Analytics", "/api/v1/analytics", "analytics:query", [free, list, named])];
