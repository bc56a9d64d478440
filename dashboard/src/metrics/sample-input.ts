/* What somebody typed as a sample, as the API takes it; and its refusals by field. Pure. What is right is for the server to
 * say: here only what cannot be sent at all is refused. */
import type { Labels } from "../../../src/domain/telemetry/sample";
import type { Problem } from "../api/problem";

export interface Typed {
  name: string;
  value: string;
  timestamp: string;
  labels: string;
}
export type Field = keyof Typed;
export const FIELDS: Field[] = ["name", "value", "timestamp", "labels"];

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?$/i;

/** `host=web-1, disk=sda`, or a JSON object; undefined for neither. */
export function labelsOf(text: string): Labels | undefined {
  if (text.trimStart().startsWith("{")) {
    try {
      return JSON.parse(text) as Labels;
    } catch {
      return undefined; // Not finished, or a typing error.
    }
  }
  const pairs = text
    .split(",")
    .map((pair) => pair.trim())
    .filter((pair) => pair !== "");
  if (pairs.some((pair) => !pair.includes("="))) return undefined;
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf("=")).trim(), pair.slice(pair.indexOf("=") + 1).trim()]),
  );
}

/** The body to send. What is empty is left out, so that the server says that it is missing. */
export function bodyOf(typed: Typed): Record<string, unknown> | { labels: undefined } {
  const value = typed.value.trim();
  const labels = labelsOf(typed.labels);
  return {
    ...(typed.name.trim() === "" ? {} : { name: typed.name.trim() }),
    ...(value === "" ? {} : { value: NUMBER.test(value) ? Number(value) : value }),
    ...(typed.timestamp.trim() === "" ? {} : { timestamp: typed.timestamp.trim() }),
    ...(labels !== undefined && Object.keys(labels).length > 0 ? { labels } : {}),
  };
}

const POINTER = /^\/(?:\d+\/)?(name|value|timestamp|labels)(?:\/(.*))?$/;

/** What is wrong, by field. Undefined for a problem that is of no field. */
export function fieldProblems(problem: Problem | undefined): Partial<Record<Field, string>> | undefined {
  const found: Partial<Record<Field, string>> = {};
  for (const { pointer, detail } of problem?.errors ?? []) {
    const [, field, inner] = POINTER.exec(pointer) ?? [];
    if (field === undefined) return undefined;
    const text = inner === undefined ? detail : `${inner} ${detail}`;
    found[field as Field] = found[field as Field] === undefined ? text : `${found[field as Field]}; ${text}`;
  }
  return problem !== undefined && problem.errors.length > 0 ? found : undefined;
}
