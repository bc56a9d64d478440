/* D1: the tables of request logs. All others: storage/tables.ts. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** UTC days of requests, one row per object that counted some. */
export const requestDays = sqliteTable(
  "request_days",
  {
    day: integer().notNull(),
    /** `RequestIntake/…` */
    object: text().notNull(),
    count: integer().notNull(),
    errors: integer().notNull(),
    /** Requests that say their latency; sum, least and greatest of it in µs. */
    timed: integer().notNull(),
    us: integer().notNull(),
    min: integer().notNull(),
    max: integer().notNull(),
    /** JSON: the sketch of latencies, requests per bin. */
    bins: text().notNull(),
    sized: integer().notNull(),
    bytes: integer().notNull(),
    /** When it last grew: a day that arrives late is kept as long as the rest. */
    changed_at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.day, t.object] })],
);

/** Aggregations of requests that were asked for, and what came out. */
export const aggregations = sqliteTable("aggregations", {
  aggregation_id: text().primaryKey(),
  start_time: integer().notNull(),
  end_time: integer().notNull(),
  /** JSON list. */
  metrics: text().notNull(),
  submitted_at: integer().notNull(),
  /** When it was worked; null until then. */
  done_at: integer(),
  total_requests: integer(),
  /** JSON list of name and value; null until then. */
  result: text(),
});
