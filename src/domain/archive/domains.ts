/* What is archived: the classes whose entries are facts, under which name, and when what an entry says was. */
import type { LedgerClass } from "../ledger/classes";
import { ledgerOf } from "../ledger/classes";

export const DOMAINS = ["prices", "alerts", "nodes", "metrics", "requests"] as const;
export type ArchiveDomain = (typeof DOMAINS)[number];

interface Archived {
  domain: ArchiveDomain;
  /** The times that an entry is about, RFC 3339 or epoch ms, where they may differ from when it came. */
  timesOf(data: unknown): unknown[];
}

type Samples = { samples?: { timestamp: number }[] };
type Times = { timestamp?: unknown; start?: unknown; start_time?: unknown; end_time?: unknown };

/** A new class is a line here. */
const ARCHIVED: Partial<Record<LedgerClass, Archived>> = {
  PriceFeed: { domain: "prices", timesOf: (data) => [(data as Times).timestamp, (data as Times).start] },
  AlertArea: { domain: "alerts", timesOf: (data) => [(data as Times).start_time, (data as Times).end_time] },
  NodeMonitor: { domain: "nodes", timesOf: () => [] },
  RequestIntake: { domain: "requests", timesOf: (data) => [(data as Times).timestamp] },
  MetricIntake: {
    domain: "metrics",
    timesOf: (data) => ((data as Samples).samples ?? []).map(({ timestamp }) => timestamp),
  },
};

/** Undefined for an object whose entries are not kept. */
export function archivedOf(object: string): Archived | undefined {
  const ledger = ledgerOf(object);
  return ledger === undefined ? undefined : ARCHIVED[ledger.class];
}
