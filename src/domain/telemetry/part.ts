/* What a MetricIntake sends downstream: new series for the catalogue, days that are over, what overflowed, what was deleted. */
import * as z from "zod";
import type { Entry, Output } from "../ledger/reducer";
import type { MetricFact } from "./intake";
import { loadRollup, percentile, type SavedRollup } from "./rollup";
import { labelsKey } from "./sample";

export const METRICS_PURPOSE = "metrics";

const labels = z.record(z.string(), z.string());
const seq = z.number().int();
const Saved = z.array(z.union([z.number(), z.array(z.number())])) as unknown as z.ZodType<SavedRollup>;

export const MetricPart = z.discriminatedUnion("type", [
  z.object({ type: z.literal("series"), object: z.string(), name: z.string(), labels, at: z.number() }),
  z.object({
    type: z.literal("day"),
    object: z.string(),
    name: z.string(),
    labels,
    day: z.number().int(),
    rollup: Saved,
  }),
  z.object({
    type: z.literal("overflow"),
    object: z.string(),
    epoch: z.string(),
    seq,
    at: z.number(),
    name: z.string(),
    label: z.string().nullable(),
    limit: z.number(),
  }),
  z.object({ type: z.literal("deleted"), object: z.string(), name: z.string() }),
]);
export type MetricPart = z.infer<typeof MetricPart>;

/** @param object `MetricIntake/…`, as in the registry */
export const metricParts = (object: string): Output<MetricFact> => ({
  purpose: METRICS_PURPOSE,
  parts: (entry) => partsOf(object, entry),
});

function partsOf(object: string, { type, data, epoch, seq, at }: Entry<MetricFact>): MetricPart[] {
  const fact = { type, data } as MetricFact;
  switch (fact.type) {
    case "series":
      return [{ type: "series", object, name: fact.data.name, labels: fact.data.labels, at }];
    case "days":
      return fact.data.days.map((day) => ({ type: "day", object, ...day }));
    case "overflow":
      return [{ type: "overflow", object, epoch, seq, at, ...fact.data }];
    case "deleted":
      return [{ type: "deleted", object, name: fact.data.name }];
    default:
      return [];
  }
}

/** Figures of a day that left, for analysts. What is late for its day is a point of its own, of the late part alone. */
export const dayFigures = (part: MetricPart) => {
  if (part.type !== "day") return [];
  const rollup = loadRollup(part.rollup);
  const { count, sum, min, max, last } = rollup;
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => percentile(rollup, q)) as [number, number, number];
  const figures = { count, sum, min, max, last: last.value, p50, p95, p99 };
  return [{ name: part.name, labels: labelsKey(part.labels), resolution: "day", start: part.day, ...figures }];
};
