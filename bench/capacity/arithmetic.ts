/* What fits where, by arithmetic: rows, bytes and dollars of a month from a few measured sizes and the price list. Pure; the
 * tables of docs/capacity.md are made from it. Every figure is modelled: nothing was billed. */

/** Dollars, Workers Paid, November 2026; beyond what the plan includes. */
export const DOLLARS = {
  objectRowWritten: 1e-6,
  objectCall: 0.15e-6,
  objectGbMonth: 0.2,
  d1RowWritten: 1e-6,
  d1GbMonth: 0.75,
  request: 0.3e-6,
  cpuMs: 0.02e-6,
  /** Written, read and deleted, up to 64 KB. */
  queueMessage: 1.2e-6,
  r2Write: 4.5e-6,
  r2GbMonth: 0.015,
} as const;

export const D1_BYTES_MAX = 10e9;
export const OBJECT_BYTES_MAX = 10e9;

const DAY_S = 86_400;
const MONTH_DAYS = 30;
const YEAR_DAYS = 365;
/** Of a block of minutes, and of a block of days (domain/telemetry/blocks.ts). */
const BLOCK_MINUTES = 10;
const BLOCK_DAYS = 30;

/** Bytes of a block as it is packed, with six values a minute: measured by packing some (capacity.unit.test.ts). */
export const PACKED_BYTES = {
  one: { minute: 391, hour: 103 },
  thirty: { minute: 9_397, hour: 1_512 },
} as const;
/** Key, ages and what SQLite adds to a row. */
const ROW_OVERHEAD = 90;
/** A row per series and minute in D1: names and labels in the key, a sketch, and what SQLite adds. */
const PLAIN_ROW_BYTES = 200;

export interface Tiers {
  what: string;
  series: number;
  perGroup: number;
  groups: number;
  /** Rows that stand in objects once the tiers are full. */
  rows: number;
  bytes: number;
  /** A month: written with their blocks, and deleted again. */
  rowsWritten: number;
  dollars: number;
}

/** Series in the objects' own SQLite: 30 days of minutes, a year of hours and of days. */
export function packedTiers(
  what: string,
  series: number,
  perGroup: number,
  packed: { minute: number; hour: number },
): Tiers {
  const groups = Math.ceil(series / perGroup);
  const minuteRows = (MONTH_DAYS * 24 * 60) / BLOCK_MINUTES;
  const hourRows = YEAR_DAYS * 24;
  const dayRows = Math.ceil(YEAR_DAYS / BLOCK_DAYS);
  const rows = groups * (minuteRows + hourRows + dayRows);
  // A block of days is an hour's block for each of its days, at most.
  const bytes =
    groups *
    (minuteRows * (packed.minute + ROW_OVERHEAD) +
      hourRows * (packed.hour + ROW_OVERHEAD) +
      dayRows * (BLOCK_DAYS * packed.hour + ROW_OVERHEAD));
  // Each block of minutes writes its row and its hour's; what is too old is deleted: a row each.
  const blocksADay = (24 * 60) / BLOCK_MINUTES;
  const written = groups * MONTH_DAYS * (2 * blocksADay + 1);
  const deleted = groups * MONTH_DAYS * (blocksADay + 24);
  const rowsWritten = written + deleted;
  const dollars = rowsWritten * DOLLARS.objectRowWritten + (bytes / 1e9) * DOLLARS.objectGbMonth;
  return { what, series, perGroup, groups, rows, bytes, rowsWritten, dollars };
}

/** The same minutes as one D1 row each. */
export function plainMinutes(series: number): Pick<Tiers, "rows" | "bytes" | "rowsWritten" | "dollars"> {
  const rows = series * 24 * 60 * MONTH_DAYS;
  const bytes = rows * PLAIN_ROW_BYTES;
  return {
    rows,
    bytes,
    rowsWritten: 2 * rows,
    dollars: 2 * rows * DOLLARS.d1RowWritten + (bytes / 1e9) * DOLLARS.d1GbMonth,
  };
}

/** The documents' own load. */
export const STATED = {
  peakPerS: 10_000,
  offPeakPerS: 5_000,
  peakHours: 8,
  bytes: 1_000,
  /** Of a month's raw data, aggregated, as they assume. */
  aggregatedShare: 0.1,
  growth: 0.1,
} as const;

export interface Year {
  year: number;
  requestsPerDay: number;
  bytesPerDay: number;
  /** 30 days. */
  raw: number;
  /** Twelve months' aggregates. */
  aggregated: number;
  total: number;
}

export function statedLoad(year: number): Year {
  const seconds = { peak: STATED.peakHours * 3_600, off: DAY_S - STATED.peakHours * 3_600 };
  const first = STATED.peakPerS * seconds.peak + STATED.offPeakPerS * seconds.off;
  const requestsPerDay = first * (1 + STATED.growth) ** (year - 1);
  const bytesPerDay = requestsPerDay * STATED.bytes;
  const raw = bytesPerDay * MONTH_DAYS;
  const aggregated = raw * STATED.aggregatedShare * 12;
  return { year, requestsPerDay, bytesPerDay, raw, aggregated, total: raw + aggregated };
}

/** How the archive takes it: as the code has it (parts.ts, wrangler.toml). */
export const ARCHIVING = {
  /** Bytes of entries in a message, before compression. */
  messageBytes: 512_000,
  /** Messages in one object of the bucket, at most. */
  batch: 25,
  /** How much smaller gzip makes entries: measured on 1,500 made-up log entries (7.4), rounded down. */
  compression: 7,
  /** Measured: a local D1 filled with such rows. */
  manifestRowBytes: 230,
} as const;

export interface Line {
  what: string;
  formula: string;
  count: number;
  dollars: number;
}

/** A month of the archive at the stated load. Each message moves a cursor in D1 and is confirmed to its object; messages of
 * one object in a batch share a manifest row, at worst none do. */
export function archiveMonth(load: Year): Line[] {
  const messages = load.raw / ARCHIVING.messageBytes;
  const writes = messages / ARCHIVING.batch;
  const stored = load.raw / ARCHIVING.compression / 1e9;
  return [
    { what: "queue messages", formula: "raw / 512 KB", count: messages, dollars: messages * DOLLARS.queueMessage },
    { what: "consumer runs", formula: "messages / 25", count: writes, dollars: writes * DOLLARS.request },
    { what: "R2 writes", formula: "messages / 25", count: writes, dollars: writes * DOLLARS.r2Write },
    {
      what: "D1 rows: cursors and manifest",
      formula: "2 × messages",
      count: 2 * messages,
      dollars: 2 * messages * DOLLARS.d1RowWritten,
    },
    {
      what: "D1 rows deleted after 30 days",
      formula: "messages",
      count: messages,
      dollars: messages * DOLLARS.d1RowWritten,
    },
    {
      what: "rows in objects: confirmations",
      formula: "messages",
      count: messages,
      dollars: messages * DOLLARS.objectRowWritten,
    },
    {
      what: "calls of objects: alarms, confirmations",
      formula: "2 × messages",
      count: 2 * messages,
      dollars: 2 * messages * DOLLARS.objectCall,
    },
    { what: "R2 storage, GB", formula: "30 days raw / 7", count: stored, dollars: stored * DOLLARS.r2GbMonth },
  ];
}

/** Of D1, what the manifest needs when no two messages share a row. */
export const manifestBytes = (load: Year): number => (load.raw / ARCHIVING.messageBytes) * ARCHIVING.manifestRowBytes;

/** What it costs to take the requests in at all: so many a batch, each batch for one object and in a row of its own. */
export function ingestMonth(load: Year, batch: number): Line[] {
  const batches = (load.requestsPerDay * MONTH_DAYS) / batch;
  const cpuMs = 10;
  return [
    { what: "Worker requests", formula: `requests / ${batch}`, count: batches, dollars: batches * DOLLARS.request },
    {
      what: "CPU, ms",
      formula: `batches × ${cpuMs}`,
      count: batches * cpuMs,
      dollars: batches * cpuMs * DOLLARS.cpuMs,
    },
    { what: "calls of objects", formula: "batches", count: batches, dollars: batches * DOLLARS.objectCall },
    { what: "log rows in objects", formula: "batches", count: batches, dollars: batches * DOLLARS.objectRowWritten },
  ];
}

export const sumOf = (lines: readonly Line[]): number => lines.reduce((sum, { dollars }) => sum + dollars, 0);
