/* What reports are made of, and the reports that were written. */
import type { Report } from "../../domain/nodes/report/answers";
import type { Told } from "../../domain/nodes/report/health";
import type { ReportPlace } from "../../domain/nodes/report/period";

export type NodeTold = Told & { node: string };

/** Events read at a time. */
const PAGE = 5_000;

const COLUMNS = "node, event, status, at, downtime_s";

/** The last event of each node before a moment: how each stood then. */
export async function standingBefore(db: D1Database, at: number): Promise<NodeTold[]> {
  // Beside max() SQLite takes the other columns from the row that has it; epochs sort as text, seqs once they are padded.
  const sql = `SELECT ${COLUMNS}, max(epoch || printf(':%015d', seq)) FROM node_events WHERE at < ? GROUP BY node`;
  return (await db.prepare(sql).bind(at).all<NodeTold>()).results;
}

/** Every event of a span, each node's in the order of its log. A page is in memory at a time. */
export async function* eventsWithin(db: D1Database, from: number, to: number): AsyncGenerator<NodeTold> {
  const sql = `SELECT ${COLUMNS}, epoch, seq FROM node_events
    WHERE (node, epoch, seq) > (?, ?, ?) AND at >= ? AND at < ? ORDER BY node, epoch, seq LIMIT ${PAGE}`;
  let after = { node: "", epoch: "", seq: 0 };
  for (;;) {
    const page = await db
      .prepare(sql)
      .bind(after.node, after.epoch, after.seq, from, to)
      .all<NodeTold & { epoch: string; seq: number }>();
    yield* page.results;
    const last = page.results.at(-1);
    if (last === undefined || page.results.length < PAGE) return;
    after = last;
  }
}

/** Name and pool of every node there is. */
export async function nodeNames(db: D1Database): Promise<{ node: string; name: string; pool: string }[]> {
  const { results } = await db.prepare("SELECT node, name, pool FROM nodes").all<{
    node: string;
    name: string;
    pool: string;
  }>();
  return results;
}

/* === Written reports ================================================================================================== */

/** The first one of a span stays: the clock may ring twice. */
export async function writeReport(db: D1Database, place: ReportPlace, report: Report, now: number): Promise<void> {
  const { start, period, kind } = place;
  const sql = "INSERT OR IGNORE INTO reports (start, period, kind, until, written_at, body) VALUES (?, ?, ?, ?, ?, ?)";
  const values = [start, period, kind, Date.parse(report.to), now, JSON.stringify(report)];
  await db
    .prepare(sql)
    .bind(...values)
    .run();
}

const PLACE = "start = ? AND period = ? AND kind = ?";

export async function hasReport(db: D1Database, { start, period, kind }: ReportPlace): Promise<boolean> {
  const found = await db.prepare(`SELECT 1 FROM reports WHERE ${PLACE}`).bind(start, period, kind).first();
  return found !== null;
}

/** Its text, as it was written. */
export const readReport = (db: D1Database, { start, period, kind }: ReportPlace): Promise<string | null> =>
  db.prepare(`SELECT body FROM reports WHERE ${PLACE}`).bind(start, period, kind).first<string>("body");

export interface ReportQuery {
  kind: string | undefined;
  period: string | undefined;
  /** The last one of the page before. */
  before: { start: number; period: string; kind: string };
  limit: number;
}

export type ReportRow = ReportPlace & { until: number; written_at: number };

/** Newest first. */
export async function listReports(db: D1Database, query: ReportQuery): Promise<ReportRow[]> {
  const sql = `SELECT start, period, kind, until, written_at FROM reports
    WHERE (start, period, kind) < (?1, ?2, ?3) AND (?4 IS NULL OR kind = ?4) AND (?5 IS NULL OR period = ?5)
    ORDER BY start DESC, period DESC, kind DESC LIMIT ?6`;
  const { kind, period, before, limit } = query;
  const values = [before.start, before.period, before.kind, kind ?? null, period ?? null, limit];
  const { results } = await db
    .prepare(sql)
    .bind(...values)
    .all<ReportRow>();
  return results;
}
