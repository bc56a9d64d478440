/* D1: every table of the product. Rows and bytes per table: docs/storage-schema.md. */

import { index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Scope } from "../domain/access/scope";

export { archive } from "./archive-table";
export { gaps } from "./gap-table";
export { aggregations, requestDays } from "./request-tables";

import { PERIODS, REPORT_KINDS } from "../domain/nodes/report/period";

/** API keys. The key itself is never stored, only its SHA-256. */
export const keys = sqliteTable("keys", {
  id: text().primaryKey(),
  hash: text().notNull().unique(),
  role: text({ enum: ["admin", "operator", "analyst", "viewer", "source"] }).notNull(),
  name: text().notNull(),
  /** JSON: {nodes?, symbols?, names?}; null means everything the role may. */
  scope: text({ mode: "json" }).$type<Scope | null>(),
  created_at: integer().notNull(),
});

/** Stream tickets. One opens one stream within 60 s, then serves only that stream's reconnects. */
export const tickets = sqliteTable("tickets", {
  hash: text().primaryKey(),
  key_id: text().notNull(),
  created_at: integer().notNull(),
  /** The stream it was used for; null until the first use. */
  stream: text(),
});

/** Installation-wide facts: partition schemes, number of hubs per region. */
export const facts = sqliteTable("facts", { name: text().primaryKey(), value: text().notNull() });

/** The registry: every object that has ever appended. The platform has no list of its own. */
export const objects = sqliteTable(
  "objects",
  { class: text().notNull(), name: text().notNull(), epoch: text().notNull(), registered_at: integer().notNull() },
  (t) => [primaryKey({ columns: [t.class, t.name] })],
);

/** Known symbols and the object that owns each. */
export const symbols = sqliteTable("symbols", {
  symbol: text().primaryKey(),
  object: text().notNull(),
  epoch: text().notNull(),
  registered_at: integer().notNull(),
});

/** Up to where each object's log is in these tables, per purpose; every write is guarded by it. */
export const cursors = sqliteTable(
  "cursors",
  {
    object: text().notNull(),
    purpose: text().notNull(),
    epoch: text().notNull(),
    pos: integer().notNull(),
    /** Events whose parts are merged, and events parked as unreadable. */
    rolled: integer().notNull(),
    parked: integer().notNull(),
    updated_at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.object, t.purpose] })],
);

/** Minute, hour and day candles. `open_*` and `close_*` carry the tick they stand for, so that parts merge in any order. */
export const candles = sqliteTable(
  "candles",
  {
    symbol: text().notNull(),
    resolution: text({ enum: ["minute", "hour", "day"] }).notNull(),
    start: integer().notNull(),
    open: real().notNull(),
    high: real().notNull(),
    low: real().notNull(),
    close: real().notNull(),
    volume: real().notNull(),
    count: integer().notNull(),
    open_at: integer().notNull(),
    open_epoch: text().notNull(),
    open_seq: integer().notNull(),
    close_at: integer().notNull(),
    close_epoch: text().notNull(),
    close_seq: integer().notNull(),
    /** JSON: the window figures at the minute's close. */
    window: text(),
    /** When something last came into it, epoch ms: its age counts from here where that is later than its start. */
    updated_at: integer().notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.symbol, t.resolution, t.start] })],
);

/** Civil alerts: one row per aggregate, as its last frame says. */
export const alerts = sqliteTable(
  "alerts",
  {
    alert_id: text().primaryKey(),
    /** The place's key, and its name as first given. */
    key: text().notNull(),
    location: text().notNull(),
    /** JSON list. */
    types: text().notNull(),
    type: text().notNull(),
    severity: text().notNull(),
    start_time: integer().notNull(),
    end_time: integer().notNull(),
    /** When it is over: its end, or when it was cancelled or superseded. Lists are ordered by it. */
    over_at: integer().notNull(),
    count: integer().notNull(),
    revision: integer().notNull(),
    /** JSON: when each revision was said first, epoch ms; the newest ones. */
    said_at: text().notNull(),
    opened_at: integer().notNull(),
    closed_at: integer(),
    drill: integer().notNull(),
    cancelled: integer().notNull(),
    superseded_by: text(),
  },
  (t) => [index("alerts_over_at").on(t.over_at, t.alert_id)],
);

/** The events of an alert: one row per `open` frame. */
export const alertEvents = sqliteTable(
  "alert_events",
  {
    alert_id: text().notNull(),
    epoch: text().notNull(),
    seq: integer().notNull(),
    event_id: text(),
    type: text().notNull(),
    severity: text().notNull(),
    text: text(),
    start_time: integer().notNull(),
    end_time: integer().notNull(),
    accepted_at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.alert_id, t.epoch, t.seq] })],
);

/** Whom a frame of topic `alerts` reached, as the hubs counted. */
export const reach = sqliteTable(
  "reach",
  {
    alert_id: text().notNull(),
    /** Position of the frame in topic `alerts`. */
    epoch: text().notNull(),
    seq: integer().notNull(),
    event_type: text().notNull(),
    registered: integer().notNull(),
    asked: integer().notNull(),
    flushed: integer().notNull(),
    acknowledged: integer().notNull(),
    p50_ms: real(),
    p99_ms: real(),
    counted_at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.alert_id, t.epoch, t.seq] })],
);

/** Nodes, each as its last event says; beats write nothing here. */
export const nodes = sqliteTable("nodes", {
  node: text().primaryKey(),
  pool: text().notNull(),
  name: text().notNull(),
  status: text().notNull(),
  active: integer().notNull(),
  health: text().notNull(),
  since: integer().notNull(),
  /** The last beat known at that event. */
  last_seen: integer(),
  boot_id: text(),
  /** JSON. */
  config: text().notNull(),
  object: text().notNull(),
  /** Position of that event. */
  epoch: text().notNull(),
  seq: integer().notNull(),
  registered_at: integer().notNull(),
});

/** What became of a node: one row per event. */
export const nodeEvents = sqliteTable(
  "node_events",
  {
    node: text().notNull(),
    epoch: text().notNull(),
    seq: integer().notNull(),
    event: text().notNull(),
    status: text().notNull(),
    at: integer().notNull(),
    downtime_s: real(),
    severity: text().notNull(),
    message: text(),
    boot_id: text(),
  },
  (t) => [primaryKey({ columns: [t.node, t.epoch, t.seq] })],
);

/** Reports of nodes that the clock wrote. */
export const reports = sqliteTable(
  "reports",
  {
    /** Of the span that it is about, epoch ms; `until` is its end. */
    start: integer().notNull(),
    period: text({ enum: PERIODS }).notNull(),
    kind: text({ enum: REPORT_KINDS }).notNull(),
    until: integer().notNull(),
    written_at: integer().notNull(),
    /** JSON (domain/nodes/report/answers.ts); last, so that a list does not read it. */
    body: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.start, t.period, t.kind] })],
);

/** The catalogue: every series there is, and the object that has it. */
export const metricSeries = sqliteTable(
  "metric_series",
  {
    name: text().notNull(),
    /** JSON, names in order. */
    labels: text().notNull(),
    /** `MetricIntake/…` */
    object: text().notNull(),
    since: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.name, t.labels, t.object] })],
);

/** A UTC day of a series: what is known once it is over. Minutes and hours are in the object. */
export const metricDays = sqliteTable(
  "metric_days",
  {
    name: text().notNull(),
    day: integer().notNull(),
    labels: text().notNull(),
    object: text().notNull(),
    /** JSON (domain/telemetry/rollup.ts). */
    rollup: text().notNull(),
    /** When it last grew: a day that arrives late is kept as long as the rest. */
    changed_at: integer().notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.name, t.day, t.labels, t.object] })],
);

/** What an operator should know about what sources send. */
export const operationalEvents = sqliteTable(
  "operational_events",
  {
    object: text().notNull(),
    epoch: text().notNull(),
    seq: integer().notNull(),
    at: integer().notNull(),
    kind: text().notNull(),
    detail: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.object, t.epoch, t.seq] })],
);

/** Parts and messages that could not be read. Each can be applied again under its own id, once. */
export const deadLetters = sqliteTable(
  "dead_letters",
  {
    id: text().primaryKey(),
    object: text().notNull(),
    purpose: text().notNull(),
    body: text().notNull(),
    reason: text().notNull(),
    events: integer().notNull(),
    parked_at: integer().notNull(),
    applied_at: integer(),
  },
  (t) => [index("dead_letters_parked_at").on(t.parked_at)],
);

/** Analytics Engine's columns, for where its binding does nothing. Named columns: storage/analytics.ts. */
export const points = sqliteTable("points", {
  id: integer().primaryKey(),
  dataset: text().notNull(),
  timestamp: integer().notNull(),
  index1: text().notNull(),
  blobs: text({ mode: "json" }).$type<string[]>().notNull(),
  doubles: text({ mode: "json" }).$type<number[]>().notNull(),
});
