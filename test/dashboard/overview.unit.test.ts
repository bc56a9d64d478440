/* The audit of more objects than a page of it holds. */
import { describe, expect, it } from "vitest";
import { joined, objectsOf } from "../../dashboard/src/overview/audit-pages";
import { type Audit, type AuditRow, isBalanced, totalsOf } from "../../src/domain/audit";

const row = (object: string, purpose: string, some: Partial<AuditRow> = {}): AuditRow => ({
  ...{ object, purpose, status: "ok", accepted: 3, rolled_up: 2, parked: 0, pending: 1, balance: 0, holes: [] },
  ...{ rolled_up_at: null, forgotten: 0, log: { rows: 1, bytes: 9 } },
  ...some,
});
const page = (rows: AuditRow[], second: number, next_cursor: string | null): Audit => ({
  as_of: `2026-11-21T10:00:0${second}.000Z`,
  balanced: isBalanced(rows),
  totals: totalsOf(rows),
  objects: rows,
  next_cursor,
});

describe("pages of the audit", () => {
  const first = page([row("PriceFeed/A", "candles"), row("PriceFeed/A", "archive")], 1, "PriceFeed/A");

  it("are one audit of all their objects", () => {
    const rest = page([row("PriceFeed/B", "candles", { balance: 2 })], 2, null);
    const all = joined(first, rest);
    expect(all).toEqual({ ...page([...first.objects, ...rest.objects], 1, null), balanced: false });
    expect(objectsOf(all)).toBe(2);
  });

  it("are balanced only together, and go on while there are more", () => {
    expect(joined(first, page([row("PriceFeed/C", "candles")], 3, "PriceFeed/C"))).toMatchObject({
      balanced: true,
      next_cursor: "PriceFeed/C",
    });
  });
});
