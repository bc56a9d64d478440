/* What of the requests somebody looks at: all of it is in the address. Pure. */
import type { Dimension } from "../../../src/domain/requests/answers";
import type { Metric } from "../../../src/domain/requests/rank";
import { WINDOWS, type WindowName } from "../../../src/domain/requests/window";
import { DAY_MS } from "../../../src/domain/units";

export const METRIC_WORDS = {
  frequency: "Requests",
  response_time: "Mean response time",
  p95: "95th percentile",
  max: "Longest response",
  error_rate: "Error rate",
  bytes: "Bytes sent",
} as const satisfies Partial<Record<Metric, string>>;
export type ShownMetric = keyof typeof METRIC_WORDS;
export const METRIC_NAMES = Object.keys(METRIC_WORDS) as ShownMetric[];

export const DIMENSION_WORDS: Record<Dimension, string> = {
  endpoint: "endpoints",
  user_id: "users",
  status_code: "statuses",
  request_id: "single requests",
};
export const DIMENSION_NAMES = Object.keys(DIMENSION_WORDS) as Dimension[];

export const WINDOW_WORDS: Record<WindowName, string> = {
  "1m": "minute",
  "5m": "5 minutes",
  "10m": "10 minutes",
  "1h": "hour",
  "24h": "24 hours",
};
export const WINDOW_NAMES = Object.keys(WINDOW_WORDS) as WindowName[];
export const SIZES = [5, 10, 20, 50, 100];
export const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

export interface View {
  metric: ShownMetric;
  dimension: Dimension;
  window: WindowName;
  /** A UTC day of the past, instead of a window that ends now. */
  day: string | undefined;
  k: number;
  method: string | undefined;
  status: string | undefined;
  /** The bar that is opened. */
  key: string | undefined;
}

const USUAL: View = {
  ...{ metric: "frequency", dimension: "endpoint", window: "1h", day: undefined, k: 10 },
  ...{ method: undefined, status: undefined, key: undefined },
};

const among = <T extends string>(list: readonly T[], text: string | null): T | undefined =>
  list.find((item) => item === text);

export const isStatus = (text: string): boolean => /^[1-5]\d\d$/.test(text);
export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));

/** What an address says; where it says nothing sensible, what is usual. */
export function readView(query: URLSearchParams): View {
  const [day, status, method] = [query.get("day") ?? "", query.get("status") ?? "", query.get("method") ?? ""];
  return {
    metric: among(METRIC_NAMES, query.get("metric")) ?? USUAL.metric,
    dimension: among(DIMENSION_NAMES, query.get("dimension")) ?? USUAL.dimension,
    window: among(WINDOW_NAMES, query.get("window")) ?? USUAL.window,
    day: isDay(day) ? day : undefined,
    k: SIZES.find((size) => String(size) === query.get("k")) ?? USUAL.k,
    method: /^[A-Z][A-Z-]{0,31}$/.test(method) ? method : undefined,
    status: isStatus(status) ? status : undefined,
    key: query.get("key") ?? undefined,
  };
}

/** The query of an address, without what is usual. */
export function writeView(view: View): string {
  const query = new URLSearchParams();
  for (const name of Object.keys(USUAL) as (keyof View)[]) {
    const value = view[name];
    if (value !== undefined && value !== USUAL[name]) query.set(name, String(value));
  }
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

/** The path of an endpoint, and its method where one is known: a route begins with a slash, before it stands the method. */
function partsOf(key: string): { endpoint: string; method: string | undefined } {
  const slash = key.indexOf("/");
  return { endpoint: key.slice(slash), method: slash > 0 ? key.slice(0, slash - 1) : undefined };
}

/** Whether the filters leave nothing of the bar that is open. */
function isFilteredOut({ key, dimension, method, status }: View): boolean {
  if (key === undefined) return false;
  if (dimension === "status_code") return status !== undefined && status !== key;
  return dimension === "endpoint" && method !== undefined && (partsOf(key).method ?? method) !== method;
}

/** A change of what is ranked, or one of the filters that excludes it, closes the bar that is open: it is not there. */
export function changed(view: View, part: Partial<View>): View {
  const isOther = part.dimension !== undefined && part.dimension !== view.dimension;
  const next = { ...view, ...(isOther ? { key: undefined } : {}), ...part };
  return isFilteredOut(next) ? { ...next, key: undefined } : next;
}

function spanQuery({ day, window }: View): Record<string, string> {
  if (day === undefined) return { window };
  const start = Date.parse(`${day}T00:00:00Z`);
  return { start_time: new Date(start).toISOString(), end_time: new Date(start + DAY_MS).toISOString() };
}

function filters({ method, status }: View): Record<string, string> {
  return {
    ...(method === undefined ? {} : { method }),
    ...(status === undefined ? {} : { status_code: status }),
  };
}

const path = (name: string, query: Record<string, string>): string => `/requests${name}?${new URLSearchParams(query)}`;

export const topPath = (view: View): string =>
  path("/top-k", {
    ...{ k: String(view.k), metric: view.metric, dimension: view.dimension },
    ...spanQuery(view),
    ...filters(view),
  });

export const totalPath = (view: View): string => path("/timeline", { ...spanQuery(view), ...filters(view) });

/** What happened of the open bar; undefined where there is no more to it than itself. */
export function timelinePath(view: View): string | undefined {
  const { key, dimension } = view;
  if (key === undefined || dimension === "request_id") return undefined;
  const ofKey: Record<string, string> = dimension === "status_code" ? { status_code: key } : { key, dimension };
  return path("/timeline", { ...spanQuery(view), ...filters(view), ...ofKey });
}

interface LinesPage {
  limit: number;
  /** When the list was opened, epoch ms: there the window ends. */
  now: number;
  /** Where the page begins; without it, with the newest. */
  cursor?: string;
}

/** Its requests as they were posted. */
export function linesPath(view: View, { limit, now, cursor }: LinesPage): string | undefined {
  const { key, dimension, day } = view;
  if (key === undefined || dimension === "request_id") return undefined;
  const { endpoint, method } = partsOf(key);
  const ofKey: Record<string, string> =
    dimension === "endpoint" ? { endpoint, ...(method === undefined ? {} : { method }) } : { [dimension]: key };
  const span = day === undefined ? {} : spanQuery(view);
  const { start_time: from = new Date(now - windowMs(view)).toISOString(), end_time: to } = span;
  const page = { limit: String(limit), ...(cursor === undefined ? {} : { cursor }) };
  return path("", { from, ...(to === undefined ? {} : { to }), ...page, ...filters(view), ...ofKey });
}

export const windowMs = ({ day, window }: View): number => (day === undefined ? WINDOWS[window] : DAY_MS);

export const spanWords = ({ day, window }: View): string =>
  day === undefined ? `the last ${WINDOW_WORDS[window]}` : `${day}, UTC`;
