/* The people of these tests, and what they send. Alice is an admin, Bob a viewer, Sensor a source; Charlie always lacks
 * what the test is about. */
import { env, exports } from "cloudflare:workers";

export interface Person {
  key: string;
  id: string;
}

const ADMIN_KEY = env.ADMIN_KEY as string;

export const alice: Person = { key: ADMIN_KEY, id: "admin" };

interface NewKey {
  role: string;
  name: string;
  scope?: Record<string, string[]>;
}

/** A key made by Alice through the front door. */
export async function person(body: NewKey): Promise<Person> {
  const response = await alicePosts("/api/v1/keys", body);
  if (response.status !== 201) throw new Error(`no key: ${await response.text()}`);
  return response.json<Person>();
}

export const bob = () => person({ role: "viewer", name: "Bob" });
export const sensor = () => person({ role: "source", name: "Sensor" });

const alicePosts = (path: string, body: unknown) => send(alice, "POST", path, body);

export interface Options {
  headers?: Record<string, string>;
}

export function send(
  who: Person | undefined,
  method: string,
  path: string,
  body?: unknown,
  options: Options = {},
): Promise<Response> {
  const headers = new Headers(options.headers);
  if (who !== undefined) headers.set("authorization", `Bearer ${who.key}`);
  const init: RequestInit = { method, headers };
  if (body !== undefined) init.body = isRaw(body) ? body : JSON.stringify(body);
  return exports.default.fetch(`http://tidings.test${path}`, init);
}

const isRaw = (body: unknown): body is string | Uint8Array => typeof body === "string" || body instanceof Uint8Array;

export const get = (who: Person | undefined, path: string, headers: Record<string, string> = {}) =>
  send(who, "GET", path, undefined, { headers });
export const post = (who: Person | undefined, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  send(who, "POST", path, body, { headers });
export const del = (who: Person | undefined, path: string) => send(who, "DELETE", path);

export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors: { pointer: string; detail: string }[];
  request_id: string;
}

/** The problem document of a refusal; fails when it is none. */
export async function problem(response: Response): Promise<ProblemBody> {
  const type = response.headers.get("content-type");
  const text = await response.text();
  if (type !== "application/problem+json")
    throw new Error(`no problem document but ${response.status} ${type}: ${text}`);
  const body = JSON.parse(text) as ProblemBody;
  if (body.status !== response.status || /\n\s+at /.test(text)) throw new Error(`bad problem document: ${text}`);
  return body;
}

let serial = 0;
/** A symbol nobody has used. */
export const freshSymbol = (): string => `T${Date.now().toString(36).toUpperCase()}.${++serial}`;

export const tick = (symbol: string, price = 10, more: Record<string, unknown> = {}) => ({
  symbol,
  price,
  timestamp: Date.now(),
  ...more,
});
