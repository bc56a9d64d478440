/* What is archived: the classes whose entries are facts, under which name, and when what an entry says was. */
import type { LedgerClass } from "../ledger/classes";
import { ledgerOf } from "../ledger/classes";
import { valuesOf } from "./fields";

export const DOMAINS = ["prices", "alerts", "nodes", "metrics", "requests"] as const;
export type ArchiveDomain = (typeof DOMAINS)[number];

interface Archived {
  domain: ArchiveDomain;
  /** The times that an entry is about, RFC 3339 or epoch ms, where they may differ from when it came.
   * @param data of the entry, as JSON: most entries tell without being parsed */
  timesIn(data: string): unknown[];
}

const numbersIn = (data: string, name: string): number[] => valuesOf(data, name, "number").map(Number);

type Times = { start_time?: unknown; end_time?: unknown };
const isSaid = (value: unknown): boolean => value !== undefined && value !== null;

/** A new class is a line here. */
const ARCHIVED: Partial<Record<LedgerClass, Archived>> = {
  PriceFeed: {
    domain: "prices",
    timesIn: (data) => ["timestamp", "start"].flatMap((name) => valuesOf(data, name, "text")),
  },
  AlertArea: {
    domain: "alerts",
    timesIn(data) {
      const { start_time, end_time } = JSON.parse(data) as Times;
      return [start_time, end_time].filter(isSaid);
    },
  },
  NodeMonitor: { domain: "nodes", timesIn: () => [] },
  RequestIntake: { domain: "requests", timesIn: (data) => numbersIn(data, "timestamp") },
  MetricIntake: { domain: "metrics", timesIn: (data) => numbersIn(data, "timestamp") },
};

/** Undefined for an object whose entries are not kept. */
export function archivedOf(object: string): Archived | undefined {
  const ledger = ledgerOf(object);
  return ledger === undefined ? undefined : ARCHIVED[ledger.class];
}
