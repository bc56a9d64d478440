/* Secrets of the installation that must be read again: random, made once, kept in D1 sealed (AES-GCM) under a key that only
 * the Worker's environment has. Whoever reads the database learns none of them. */
import { AppError } from "../domain/error";
import { settleFact } from "../storage/queries/facts";
import { remembered } from "./remembered";

const IV_BYTES = 12;
const openedIn = remembered(() => new Map<string, Promise<CryptoKey>>());

const utf8 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text));

/** An HMAC key of this name; the same for the life of the installation. */
export function hmacKey(env: Env, name: string): Promise<CryptoKey> {
  const known = openedIn(env);
  let key = known.get(name);
  if (key === undefined) {
    key = openKey(env, name);
    known.set(name, key);
    key.catch(() => known.delete(name));
  }
  return key;
}

async function openKey(env: Env, name: string): Promise<CryptoKey> {
  const sealing = await sealingKey(env);
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const text = await settleFact(env.DB, `sealed.${name}`, await seal(sealing, secret));
  const raw = await unseal(sealing, text);
  return crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

async function sealingKey(env: Env): Promise<CryptoKey> {
  const from = env.SEAL_KEY || env.ADMIN_KEY;
  if (!from) throw new AppError("internal", "Neither SEAL_KEY nor ADMIN_KEY is set: nothing can be sealed.");
  const material = await crypto.subtle.importKey("raw", utf8(from), "HKDF", false, ["deriveKey"]);
  const derivation = { name: "HKDF", hash: "SHA-256", salt: utf8("tidings"), info: utf8("seal") };
  return crypto.subtle.deriveKey(derivation, material, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

async function seal(key: CryptoKey, secret: Uint8Array<ArrayBuffer>): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const body = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, secret));
  return btoa(String.fromCharCode(...iv, ...body));
}

async function unseal(key: CryptoKey, text: string): Promise<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const iv = bytes.slice(0, IV_BYTES);
  try {
    return await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, bytes.slice(IV_BYTES));
  } catch {
    /* Another key sealed it: ADMIN_KEY was changed and SEAL_KEY does not hold the former one. */
    throw new AppError("internal", "The sealed secrets cannot be opened: set SEAL_KEY to what ADMIN_KEY was before.");
  }
}

/** The first 16 bytes of an HMAC. */
export async function derived(key: CryptoKey, text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8(text))).slice(0, 16);
}
