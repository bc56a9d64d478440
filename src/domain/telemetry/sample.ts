/* A sample: one value of one series at one moment. A series is a name and its labels. */
import * as z from "zod";
import { NumberInput } from "../number";
import { orMissing, Timestamp } from "../time";

export const MAX_LABELS = 16;
export const LABEL_VALUE_MAX = 256;
/** Sums of any number of values can be written. */
export const VALUE_MAX = 1e290;

/** A request that works, for whoever sent one that does not. */
export const EXAMPLE =
  '{"name":"room.temperature","value":21.5,"timestamp":"2026-11-21T10:00:00Z","labels":{"room":"kitchen"}}';

const NAME_MAX = 128;
const nameLength = `must have 1 to ${NAME_MAX} characters`;

export const MetricName = z
  .string({ error: orMissing("must be a text") })
  .min(1, nameLength)
  .max(NAME_MAX, nameLength)
  .regex(/^[A-Za-z0-9_.:/-]+$/, "may hold letters, digits and _ . : / - only");

const labelName = "is no name of a label: a letter or _, then at most 63 letters, digits and _ . : / -";
const LabelName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z_][A-Za-z0-9_.:/-]*$/);

export const Labels = z
  .record(LabelName, z.string().max(LABEL_VALUE_MAX), {
    error: ({ code }) => (code === "invalid_key" ? labelName : undefined),
  })
  .refine((labels) => Object.keys(labels).length <= MAX_LABELS, { error: `at most ${MAX_LABELS} of them` });
export type Labels = Record<string, string>;

const beyond = `must lie between -${VALUE_MAX} and ${VALUE_MAX}`;

/** One posted sample. Unknown fields are refused: a misspelt `labels` would make another series. */
export const MetricInput = z.strictObject({
  name: MetricName,
  value: NumberInput.pipe(z.number().min(-VALUE_MAX, beyond).max(VALUE_MAX, beyond)),
  timestamp: Timestamp,
  labels: Labels.optional(),
  id: z.string().min(1).max(128).optional(),
});
export type MetricInput = z.infer<typeof MetricInput>;

/** What is kept of it. */
export interface Sample {
  name: string;
  labels: Labels;
  value: number;
  /** Epoch ms, as the source says. */
  timestamp: number;
}

/** Labels in one order, as text. */
export function labelsKey(labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length < 2) return JSON.stringify(labels);
  names.sort();
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, labels[name]])));
}

/** A series by its name and its labels' key. */
export const seriesKey = (name: string, labels: string): string => `${name} ${labels}`;

/** What is kept together, in one object and in one row: what one thing measures at one time. Names without labels are a
 * group each. */
export const groupOf = (name: string, labels: string): string => (labels === "{}" ? name : labels);

/** Whether a series has all wanted labels. */
export const hasLabels = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);
