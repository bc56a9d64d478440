/* Requests counted as plainly as can be: for every key the list of its requests. What the product answers is held against it. */
import { routeOf } from "../../../src/domain/requests/endpoint";
import type { Metric } from "../../../src/domain/requests/rank";
import type { LoggedRequest } from "../../../src/domain/requests/request";

export type Dimension = "endpoint" | "user_id" | "status_code" | "request_id";

export interface Asked {
  dimension: Dimension;
  metric: Metric;
  k: number;
  from?: number;
  to?: number;
  method?: string;
  status?: number;
  errorsFrom?: number;
}

export const KEYS: Record<Dimension, (request: LoggedRequest) => string | undefined> = {
  endpoint: ({ method, route }) => (method === undefined ? route : `${method} ${route}`),
  user_id: ({ user_id }) => user_id,
  status_code: ({ status_code }) => String(status_code),
  request_id: ({ request_id }) => request_id,
};

export const logged = (request: Omit<LoggedRequest, "route">): LoggedRequest => ({
  ...request,
  route: routeOf(request.endpoint),
});

const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);

/** Undefined where no request says what the metric needs. Latencies are rounded to the microsecond, as they are kept. */
export function plainFigure(requests: LoggedRequest[], metric: Metric, errorsFrom = 500): number | undefined {
  const micros = requests.flatMap(({ latency_ms }) =>
    latency_ms === undefined ? [] : [Math.round(latency_ms * 1_000)],
  );
  const bytes = requests.flatMap((request) => request.bytes ?? []);
  const sorted = micros.toSorted((a, b) => a - b);
  if (metric === "frequency") return requests.length;
  if (metric === "error_rate") return requests.filter((r) => r.status_code >= errorsFrom).length / requests.length;
  if (metric === "bytes") return bytes.length === 0 ? undefined : sum(bytes);
  if (micros.length === 0) return undefined;
  if (metric === "max") return (sorted.at(-1) as number) / 1_000;
  if (metric === "p95") return (sorted[Math.ceil((95 * sorted.length) / 100) - 1] as number) / 1_000;
  return sum(micros) / micros.length / 1_000;
}

export function askedFor(requests: readonly LoggedRequest[], asked: Asked): LoggedRequest[] {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, method, status } = asked;
  return requests.filter(
    (r) =>
      r.timestamp >= from &&
      r.timestamp < to &&
      (method === undefined || r.method === method) &&
      (status === undefined || r.status_code === status),
  );
}

/** Every key with its figure, the largest first. */
export function plainRanking(requests: readonly LoggedRequest[], asked: Asked): { key: string; value: number }[] {
  const byKey = new Map<string, LoggedRequest[]>();
  for (const request of askedFor(requests, asked)) {
    const key = KEYS[asked.dimension](request);
    if (key !== undefined) byKey.set(key, [...(byKey.get(key) ?? []), request]);
  }
  return [...byKey]
    .flatMap(([key, mine]) => {
      const value = plainFigure(mine, asked.metric, asked.errorsFrom);
      return value === undefined ? [] : [{ key, value }];
    })
    .sort((a, b) => b.value - a.value || (a.key < b.key ? -1 : 1));
}
