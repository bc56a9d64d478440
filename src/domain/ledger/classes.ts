/* The classes of objects that keep a ledger: how each is bound, and what it sends downstream. A new one is a line here. */

export const LEDGERS = {
  PriceFeed: { binding: "PRICE_FEED", purposes: ["candles", "archive"] },
  AlertArea: { binding: "ALERT_AREA", purposes: ["alerts", "archive"] },
  NodeMonitor: { binding: "NODE_MONITOR", purposes: ["nodes", "archive"] },
  MetricIntake: { binding: "METRIC_INTAKE", purposes: ["metrics", "archive"] },
  RequestIntake: { binding: "REQUEST_INTAKE", purposes: ["requests", "archive"] },
  AlertSpool: { binding: "ALERT_SPOOL", purposes: ["forward"] },
  Topic: { binding: "TOPIC", purposes: [] },
} as const satisfies Record<string, { binding: string; purposes: readonly string[] }>;

export type LedgerClass = keyof typeof LEDGERS;

export interface LedgerName {
  class: LedgerClass;
  name: string;
}

/** `PriceFeed/BTC/USD` as class and name; undefined when there is no such class. */
export function ledgerOf(object: string): LedgerName | undefined {
  const slash = object.indexOf("/");
  const name = object.slice(0, slash);
  return Object.hasOwn(LEDGERS, name) ? { class: name as LedgerClass, name: object.slice(slash + 1) } : undefined;
}
