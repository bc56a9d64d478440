/* What buckets of requests say, as pictures need it. Pure. */
import type { RequestPoint } from "../../../src/domain/requests/answers";
import type { Point } from "../metrics/plot";

/** Requests that failed; the share is of the whole, so this is a whole number again. */
export const failedOf = ({ total_requests, error_rate }: RequestPoint): number =>
  Math.round(total_requests * (error_rate ?? 0));

/** Requests that say how long they took, as a timeline has them. */
export function latencyPoints(data: readonly RequestPoint[]): Point[] {
  return data.flatMap((point): Point[] => {
    const { average_latency: avg, p50_latency: p50, p95_latency: p95, p99_latency: p99, max_latency: max } = point;
    if (avg === null || p50 === null || p95 === null || p99 === null || max === null) return [];
    const { total_requests, partial } = point;
    return [{ start: Date.parse(point.start), avg, min: avg, max, p50, p95, p99, count: total_requests, partial }];
  });
}
