/* docs/capacity.md, made from the arithmetic: `node bench/capacity/write.ts`. A test holds the page to it. */
import {
  ARCHIVING,
  archiveMonth,
  D1_BYTES_MAX,
  ingestMonth,
  type Line,
  manifestBytes,
  PACKED_BYTES,
  packedTiers,
  plainMinutes,
  statedLoad,
  sumOf,
} from "./arithmetic.ts";

const SERIES = 10_000;
const YEARS = [1, 2, 3, 4, 5];

const million = (count: number): string =>
  count >= 1e5 ? `${(count / 1e6).toFixed(count < 1e7 ? 1 : 0)} M` : Math.round(count).toLocaleString("en");
const dollars = (amount: number): string =>
  `$${amount < 10 ? amount.toFixed(2) : Math.round(amount).toLocaleString("en")}`;
const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e11 ? 1 : 0)} GB`;
const tb = (bytes: number): string => `${(bytes / 1e12).toFixed(1)} TB`;

const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

function seriesTable(): string {
  const usual = packedTiers("thirty series a group: the metrics of a node", SERIES, 30, PACKED_BYTES.thirty);
  const worst = packedTiers("one series a group: no two have the same labels", SERIES, 1, PACKED_BYTES.one);
  const plain = plainMinutes(SERIES);
  const own = [usual, worst].map(({ what, groups, rows, bytes, rowsWritten, dollars: cost }) => [
    ...[what, million(groups), million(rows), gb(bytes), million(rowsWritten), dollars(cost)],
  ]);
  const beside = [
    "for comparison, minutes alone: a D1 row per series and minute",
    "–",
    million(plain.rows),
    gb(plain.bytes),
  ];
  const head = ["10,000 series at 10 s", "groups", "rows kept", "bytes kept", "rows written a month", "a month"];
  return table(head, [...own, [...beside, million(plain.rowsWritten), dollars(plain.dollars)]]);
}

const growthTable = (): string =>
  table(
    ["year", "requests a day", "a day", "30 days raw", "12 months aggregated", "together", "raw in R2, compressed"],
    YEARS.map(statedLoad).map(({ year, requestsPerDay, bytesPerDay, raw, aggregated, total }) => [
      ...[String(year), million(requestsPerDay), gb(bytesPerDay), tb(raw), tb(aggregated), tb(total)],
      tb(raw / ARCHIVING.compression),
    ]),
  );

const lines = (all: readonly Line[]): string =>
  table(
    ["modelled, a month of year 1", "formula", "number", "dollars"],
    [
      ...all.map(({ what, formula, count, dollars: cost }) => [what, formula, million(count), dollars(cost)]),
      ["**together**", "", "", `**${dollars(sumOf(all))}**`],
    ],
  );

export function capacityPage(): string {
  const load = statedLoad(1);
  return `# What fits, and what it costs to keep

You want to know whether your load fits before you have it. Every figure here is **modelled**: arithmetic from sizes that were measured by packing such data, and
from list prices beyond what the plan includes ([cost.md](cost.md)). Nothing was billed. The formulas are code,
[bench/capacity/arithmetic.ts](../bench/capacity/arithmetic.ts); this page is made from it by \`node bench/capacity/write.ts\`, and a test holds it to that.

## Ten thousand series

Minutes are kept for 30 days, hours and days for a year. They are packed in the SQLite of the objects that count them: one row holds ten minutes, an hour, or thirty days of a
group, which is all series with the same labels. Rows written are the bill, so the more series share their labels the less a series costs.

${seriesTable()}

Rows kept = groups × (30 × 144 blocks of minutes + 365 × 24 hours + 13 blocks of days). Rows written a month = groups × 30 × (2 × 144 + 1), and as many deletions as blocks and hours
grow too old, groups × 30 × (144 + 24): a deletion is a row as well. A block of ten minutes of one series has ${PACKED_BYTES.one.minute} bytes, of thirty ${PACKED_BYTES.thirty.minute.toLocaleString("en")}; an hour ${PACKED_BYTES.one.hour} and
${PACKED_BYTES.thirty.hour.toLocaleString("en")} (measured, six values a minute), and SQLite adds about 90 a row. With ten objects a source each has a tenth of it; an object may have 10 GB.

One D1 row per series and minute does not fit: D1 takes ${gb(D1_BYTES_MAX)}, those minutes are ${gb(plainMinutes(SERIES).bytes)}, and to write and delete them would cost more than everything else together.

## The load of the source documents

10,000 requests a second for 8 hours and 5,000 for 16, of 1 KB each; 30 days raw, a year aggregated at a tenth of the raw data, and 10 % more each year. They write 539 TB;
their own numbers give ${tb(load.total)}: 17.28 TB is the month already, and was multiplied by 30 once more.

${growthTable()}

Raw = requests a day × 1 KB × 30. Aggregated = a tenth of that × 12. Year n is year 1 × 1.1^(n − 1). What is really aggregated here is far less than a tenth, as above: the column is the documents'.
Entries are compressed on their way; ${ARCHIVING.compression} to 1 is what made-up log lines with random ids gave (7.4, measured).

**The archive**, at messages of ${ARCHIVING.messageBytes / 1_000} KB before compression and ${ARCHIVING.batch} messages an object of the bucket:

${lines(archiveMonth(load))}

At worst no two messages of a batch come from the same object: then the manifest has a row per message, ${gb(manifestBytes(load))} of D1's ${gb(D1_BYTES_MAX)}. That is what grows first: at this load use few
partitions, so that messages of one object share rows, or keep raw entries for fewer days (\`raw_days\`).

**Taking it in**, in batches of 100, each for one object (without what each object does once a minute):

${lines(ingestMonth(load, 100))}

Reading back costs nothing but requests: R2 has no charge for what leaves it.
`;
}
