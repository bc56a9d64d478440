/* What loads post: the body of each arrival, made of its number, so that it can be told later what must be there. */

export type Posts =
  /** Arrival i is one tick with volume i + 1. */
  | { of: "ticks"; symbols: readonly string[] }
  /** Arrival i is a batch of requests that some site answered, of about so many bytes each. */
  | { of: "requests"; batch: number; bytes: number }
  /** Arrival i is the next batch of samples: each series in turn, `everyMs` apart. */
  | { of: "samples"; batch: number; hosts: number; names: number; startMs: number; everyMs: number };

export type SamplePosts = Extract<Posts, { of: "samples" }>;

export const ENDPOINTS = 200;
const USERS = 5_000;

export function pathOf(posts: Posts): string {
  return { ticks: "/api/v1/prices", requests: "/api/v1/requests", samples: "/api/v1/metrics" }[posts.of];
}

export function bodyOf(posts: Posts, i: number, now: number): string {
  switch (posts.of) {
    case "ticks": {
      const symbol = posts.symbols[i % posts.symbols.length] as string;
      return JSON.stringify({ symbol, price: 100 + (i % 100) / 100, volume: i + 1, timestamp: now });
    }
    case "requests":
      return JSON.stringify(
        Array.from({ length: posts.batch }, (_, k) => requestOf(i * posts.batch + k, posts.bytes, now)),
      );
    case "samples":
      return JSON.stringify(Array.from({ length: posts.batch }, (_, k) => sampleOf(posts, i * posts.batch + k)));
    default:
      return posts satisfies never;
  }
}

/** Few endpoints have most of the requests, as everywhere: number k has a share like 1 / (k + 1). */
export const endpointAt = (n: number): number => Math.floor(ENDPOINTS ** ((n * 0.618_033_988_749_895) % 1)) % ENDPOINTS;

function requestOf(n: number, bytes: number, now: number) {
  const request = {
    request_id: `r${n}`,
    timestamp: now,
    user_id: `u${(n * 7_919) % USERS}`,
    method: n % 10 === 0 ? "POST" : "GET",
    endpoint: `/shop/page-${endpointAt(n)}/item?q=`,
    status_code: n % 50 === 0 ? 500 : 200,
    latency_ms: 5 + ((n * 31) % 400),
    bytes: 1_000 + (n % 9_000),
  };
  request.endpoint += "x".repeat(Math.max(0, bytes - JSON.stringify(request).length));
  return request;
}

/** Sample n of a load. */
export function sampleOf({ hosts, names, startMs, everyMs }: SamplePosts, n: number) {
  const series = n % (hosts * names);
  const labels = { host: `host-${Math.floor(series / names)}` };
  const round = Math.floor(n / (hosts * names));
  return {
    name: `load.metric_${series % names}`,
    labels,
    value: (n * 37) % 1_000,
    timestamp: startMs + round * everyMs,
  };
}
