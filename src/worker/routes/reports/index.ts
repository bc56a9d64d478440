/* /api/v1/reports: how nodes fared and what they measured, on demand and as the clock wrote it. */
import * as z from "zod";
import { scopeAllows } from "../../../domain/access/scope";
import { AppError } from "../../../domain/error";
import { Pool } from "../../../domain/nodes/node";
import {
  HealthReport,
  type ListedReport,
  PerformanceReport,
  Report,
  ReportList,
} from "../../../domain/nodes/report/answers";
import {
  PERIODS,
  placeOf,
  REPORT_KINDS,
  type ReportKind,
  reportId,
  spanAsked,
} from "../../../domain/nodes/report/period";
import { isoOf } from "../../../domain/time";
import { listReports, type ReportRow, readReport } from "../../../storage/queries/reports";
import type { AppContext } from "../../context";
import { REPORTERS } from "../../node-reports";
import { pageOf } from "../../page";
import { badParameter, cursorTo, group, limit, route, TimeText } from "../../route";

const Asked = z.object({
  from: TimeText.optional().describe("RFC 3339 or epoch ms; a day before `to`, without it"),
  to: TimeText.optional().describe("Now, without it; what lies ahead is no part of it"),
  pool: Pool.optional(),
});

async function report(c: AppContext, kind: ReportKind, { from, to, pool }: z.infer<typeof Asked>): Promise<Report> {
  const now = Date.now();
  const span = spanAsked(from, to, now);
  if ("field" in span) {
    const { field, detail } = span;
    throw badParameter(field, detail);
  }
  const { scope } = c.get("principal");
  const allows = (node: string, metric?: string) =>
    scopeAllows(scope, "nodes", node) && (metric === undefined || scopeAllows(scope, "names", metric));
  return REPORTERS[kind](c.env, { ...span, pool, allows }, now);
}

const health = route(
  {
    method: "GET",
    path: "/health",
    summary: "How nodes fared",
    detail:
      "Per node and pool: uptime, failures, absences that ended in time, the slowest recovery. Down counts from when a node " +
      "was called down; maintenance, stops and the time before the first beat count for nothing. From D1, which has a change " +
      "within about two seconds.",
    query: Asked,
    answers: { 200: { description: "The report", schema: HealthReport } },
    errors: ["invalid_request"],
  },
  async (c, { query }) => c.json(await report(c, "health", query)),
);

const performance = route(
  {
    method: "GET",
    path: "/performance",
    summary: "What nodes measured, and where it was too much",
    detail:
      "Per metric the average, the maximum and the 95th percentile, over a pool and per node; and bottlenecks: where, how " +
      "long and how far a processor, memory, swap or disk was above its limit. Up to two days the span is of whole minutes, " +
      "beyond that of whole hours.",
    query: Asked,
    answers: { 200: { description: "The report", schema: PerformanceReport } },
    errors: ["invalid_request"],
  },
  async (c, { query }) => c.json(await report(c, "performance", query)),
);

const LAST = { start: Number.MAX_SAFE_INTEGER, period: "", kind: "" };

const list = route(
  {
    method: "GET",
    path: "/",
    summary: "Reports that were written, newest first",
    detail: "Every hour and every day of UTC has one of each kind, some minutes after it is over.",
    query: z.object({
      kind: z.enum(REPORT_KINDS).optional(),
      period: z.enum(PERIODS).optional(),
      limit: limit(50, 500),
      cursor: cursorTo(placeOf),
    }),
    answers: { 200: { description: "A page of them", schema: ReportList } },
    errors: ["invalid_request"],
  },
  async (c, { query }) => {
    const before = query.cursor ?? LAST;
    const rows = await listReports(c.env.DB, {
      ...query,
      kind: query.kind,
      period: query.period,
      before,
      limit: query.limit + 1,
    });
    const { page, next_cursor } = pageOf(rows, query.limit, reportId);
    return c.json({
      reports: page.map(listed),
      next_cursor,
      as_of: new Date().toISOString(),
    } satisfies ReportList);
  },
);

const listed = (row: ReportRow): ListedReport => ({
  ...{ id: reportId(row), kind: row.kind, period: row.period },
  ...{ from: isoOf(row.start), to: isoOf(row.until), written_at: isoOf(row.written_at) },
});

const show = route(
  {
    method: "GET",
    path: "/:id",
    summary: "A report as it was written",
    params: z.object({ id: z.string().min(1).max(64) }),
    answers: { 200: { description: "The report", schema: Report } },
    errors: ["invalid_request", "forbidden", "not_found"],
  },
  async (c, { params: { id } }) => {
    const place = placeOf(id);
    const { scope } = c.get("principal");
    // It is about all nodes, and one of performance about all that they measure.
    if (scope?.nodes !== undefined || (place?.kind === "performance" && scope?.names !== undefined)) {
      throw new AppError(
        "forbidden",
        "This key may not see all of it. /reports/health and /reports/performance show what it may.",
      );
    }
    const body = place === undefined ? null : await readReport(c.env.DB, place);
    if (body === null) throw new AppError("not_found", `There is no report ${id}.`);
    return c.body(body, 200, { "content-type": "application/json" });
  },
);

export const reports = [group("Reports", "/api/v1/reports", "nodes:read", [list, health, performance, show])];
