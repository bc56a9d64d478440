/* The page of reports: its address, and what it asks. */
import { expect, it } from "vitest";
import { pathOf, percent, readView, writeView } from "../../dashboard/src/reports/view";

const viewOf = (query: string) => readView(new URLSearchParams(query));
const NOW = Date.parse("2026-11-21T10:20:30Z");

it.each([
  "",
  "?kind=performance",
  "?span=7d",
  "?kind=performance&span=1h&pool=web",
  "?id=health-hour-20261121T090000Z",
])("The address %s is the same after reading", (query) => {
  expect(writeView(viewOf(query))).toBe(query);
});

it("What an address does not know is as without it", () => {
  expect(viewOf("?kind=other&span=1y")).toEqual({ kind: "health", span: "24h", pool: undefined, id: undefined });
});

it("A report of a span is asked for from its beginning, by the minute", () => {
  const from = Date.parse("2026-11-21T09:20:00Z");
  expect(pathOf(viewOf("?span=1h&pool=web"), NOW)).toBe(`/reports/health?from=${from}&pool=web`);
  expect(pathOf(viewOf("?span=1h"), NOW + 20_000)).toBe(pathOf(viewOf("?span=1h"), NOW));
});

it("A written report is asked for by its id, whatever else there is", () => {
  expect(pathOf(viewOf("?id=a/b&kind=performance"), NOW)).toBe("/reports/a%2Fb");
});

it("Uptime is shown to the thousandth, and nothing where nothing counts", () => {
  expect([percent(99.999), percent(100), percent(null)]).toEqual(["99.999 %", "100.000 %", "–"]);
});
