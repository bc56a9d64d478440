/* Authorization: Bearer <key>. Keys are looked up by hash and remembered by the isolate for at most 30 s: so long may a
 * deleted key go on working elsewhere. Only where D1 does not answer, a key that was good within the hour still is: alerts
 * are taken in without D1, and must not wait for it at the door. */
import type { Next } from "hono";
import { looksLikeKey } from "../../domain/access/key";
import { ADMIN_ID, type Principal } from "../../domain/access/principal";
import { withDeadline } from "../../domain/deadline";
import { AppError } from "../../domain/error";
import { findKey, findKeyByHash } from "../../storage/queries/keys";
import { BoundedCache } from "../bounded-cache";
import type { AppContext } from "../context";
import { remembered } from "../remembered";
import { sha256 } from "../secrets";

const KNOWN = { max: 10_000, ttlMs: 60 * 60_000 };
const ASK_EVERY_MS = 30_000;
/** D1 is away: nobody is made to wait for it again so soon. */
const ASK_AGAIN_MS = 5_000;
const ANSWER_MS = 2_000;
// Shorter: a key may be tried a moment before it is made. Apart, so that guesses cannot push out good keys.
const UNKNOWN = { max: 10_000, ttlMs: 5_000 };
const MAX_KEY_LENGTH = 512;

interface Known {
  principal: Principal;
  /** When D1 is to be asked again. */
  askAt: number;
}
const cachesOf = remembered(() => ({
  known: new BoundedCache<Known>(KNOWN.max, KNOWN.ttlMs),
  unknown: new BoundedCache<true>(UNKNOWN.max, UNKNOWN.ttlMs),
}));

export async function authenticate(c: AppContext, next: Next): Promise<void> {
  c.set("principal", await principalOfRequest(c));
  await next();
}

/** Throws 401 when there is no valid key. */
export async function principalOfRequest(c: AppContext): Promise<Principal> {
  const key = bearer(c);
  if (key === undefined) throw new AppError("unauthorized", "Send a key: Authorization: Bearer <key>");
  const principal = await principalOfKey(c.env, key, Date.now());
  if (principal === undefined) throw new AppError("unauthorized", "This key is not known, or no longer.");
  return principal;
}

export function bearer(c: AppContext): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(c.req.header("authorization") ?? "")?.[1];
}

export async function principalOfKey(env: Env, key: string, now: number): Promise<Principal | undefined> {
  if (key.length > MAX_KEY_LENGTH) return undefined;
  const { known, unknown } = cachesOf(env);
  const cached = known.get(key, now);
  if (cached !== undefined && now < cached.askAt) return cached.principal;
  if (unknown.get(key, now) !== undefined) return undefined;
  try {
    const principal = await withDeadline(lookUp(env, key), ANSWER_MS);
    if (principal === undefined) {
      known.delete(key);
      unknown.set(key, true, now);
    } else known.set(key, { principal, askAt: now + ASK_EVERY_MS }, now);
    return principal;
  } catch (error) {
    if (cached === undefined) throw error;
    cached.askAt = now + ASK_AGAIN_MS;
    return cached.principal;
  }
}

async function lookUp(env: Env, key: string): Promise<Principal | undefined> {
  const hash = await sha256(key);
  // Hashes are compared, so how long it takes tells nothing about the key.
  if (env.ADMIN_KEY && hash === (await sha256(env.ADMIN_KEY))) return admin();
  return looksLikeKey(key) ? findKeyByHash(env.DB, hash) : undefined;
}

const admin = (): Principal => ({ id: ADMIN_ID, role: "admin", name: "admin", scope: null });

/** What a ticket remembers of its key. The environment's key has no row, so a mark of it stands in: another key there
 * ends the old one's tickets. */
export async function keyReference(env: Env, principal: Principal): Promise<string> {
  return principal.id === ADMIN_ID ? `admin/${(await sha256(env.ADMIN_KEY ?? "")).slice(0, 16)}` : principal.id;
}

/** Undefined when the key is gone. Always asks the store. */
export async function principalOfReference(env: Env, reference: string): Promise<Principal | undefined> {
  if (!reference.startsWith("admin/")) return findKey(env.DB, reference);
  const isSame = Boolean(env.ADMIN_KEY) && reference === (await keyReference(env, admin()));
  return isSame ? admin() : undefined;
}

/** This isolate stops honouring the key at once. */
export function forgetKey(env: Env, id: string): void {
  cachesOf(env).known.deleteWhere(({ principal }) => principal.id === id);
}
