/* API keys: `tid_<43 characters of randomness>_<checksum>`. The checksum lets a mistyped or guessed key be refused
 * without asking any store; the 256 random bits are what makes it a secret. */
import * as z from "zod";
import { fingerprint } from "../ledger/fingerprint";
import { ROLES } from "./roles";
import { Scope } from "./scope";

/** What a key is called where it is not shown. */
export const KeyId = z.string().regex(/^key_[0-9a-z]{1,60}$/);

export const NewKey = z.strictObject({
  role: z.enum(ROLES),
  name: z.string().min(1).max(100),
  scope: Scope.optional(),
});
export type NewKey = z.infer<typeof NewKey>;

const KeyFacts = z.object({ id: z.string(), role: z.enum(ROLES), name: z.string(), scope: Scope.nullable() });

export const ListedKey = KeyFacts.extend({ created_at: z.iso.datetime() });
export type ListedKey = z.infer<typeof ListedKey>;

export const CreatedKey = KeyFacts.extend({
  key: z.string().optional().describe("Shown this once; absent when the same Idempotency-Key comes again"),
});
export const KeyList = z.object({ keys: z.array(ListedKey), next_cursor: z.string().nullable() });

const CHECK_DIGITS = 6;
const KEY = /^(tid_[A-Za-z0-9_-]{43})_([0-9a-z]{6})$/;

const checksum = (text: string): string =>
  (fingerprint(text) % 36 ** CHECK_DIGITS).toString(36).padStart(CHECK_DIGITS, "0");

/** @param secret 32 random bytes, base64url without padding */
export const formatKey = (secret: string): string => `tid_${secret}_${checksum(`tid_${secret}`)}`;

export function looksLikeKey(text: string): boolean {
  const match = KEY.exec(text);
  return match !== null && checksum(match[1] as string) === match[2];
}
