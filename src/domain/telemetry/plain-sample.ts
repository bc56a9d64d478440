/* What is plainly a sample (domain/plain.ts). */
import { hasOnly, isTextOrAbsent, isWithin } from "../plain";
import { isEpochMs } from "../time";
import { LABEL_VALUE_MAX, MAX_LABELS, type MetricInput, VALUE_MAX } from "./sample";

const NAME = /^[A-Za-z0-9_.:/-]{1,128}$/;
const LABEL = /^[A-Za-z][A-Za-z0-9_.:/-]{0,63}$/;
const FIELDS = new Set(["name", "value", "timestamp", "labels", "id"] satisfies (keyof MetricInput)[] as string[]);

/** Undefined: ask the schema. */
export function plainSample(value: unknown): MetricInput | undefined {
  if (!hasOnly(value, FIELDS)) return undefined;
  const { name, value: figure, timestamp, labels, id } = value;
  const isPlain =
    typeof name === "string" &&
    NAME.test(name) &&
    isWithin(figure, -VALUE_MAX, VALUE_MAX) &&
    isEpochMs(timestamp) &&
    isTextOrAbsent(id, 128) &&
    (labels === undefined || areLabels(labels));
  return isPlain ? (value as MetricInput) : undefined;
}

function areLabels(labels: unknown): boolean {
  if (typeof labels !== "object" || labels === null || Array.isArray(labels)) return false;
  const entries = Object.entries(labels);
  if (entries.length > MAX_LABELS) return false;
  return entries.every(
    ([name, text]) => LABEL.test(name) && typeof text === "string" && text.length <= LABEL_VALUE_MAX,
  );
}
