/* The key this page works with. It lives in this tab's sessionStorage, or in localStorage when the person asked to stay
 * signed in; never in the address bar longer than one moment, and never in a cookie. */
import { signal } from "@preact/signals";
import type { Role } from "../../../src/domain/access/roles";

const NAME = "tidings.key";

/** Storage may be forbidden (private modes, policies): the page then works until it is reloaded. */
function storage(kind: "sessionStorage" | "localStorage"): Storage | undefined {
  try {
    return window[kind];
  } catch {
    return undefined;
  }
}

function remember(kind: "sessionStorage" | "localStorage", value: string | undefined): void {
  try {
    if (value === undefined) storage(kind)?.removeItem(NAME);
    else storage(kind)?.setItem(NAME, value);
  } catch {
    // Full or forbidden: see above.
  }
}

const stored = storage("sessionStorage")?.getItem(NAME) ?? storage("localStorage")?.getItem(NAME) ?? undefined;

export const key = signal<string | undefined>(stored);
/** Of the key, once the server has said it: what the page may offer. */
export const role = signal<Role | undefined>(undefined);
/** Why the session ended, shown on the sign-in page. */
export const endedBecause = signal<string | undefined>(undefined);

export function beginSession(newKey: string, stay: boolean): void {
  remember("sessionStorage", newKey);
  remember("localStorage", stay ? newKey : undefined);
  endedBecause.value = undefined;
  role.value = undefined;
  key.value = newKey;
}

/** With a reason when it was not the person who signed out. */
export function endSession(reason?: string): void {
  remember("sessionStorage", undefined);
  remember("localStorage", undefined);
  endedBecause.value = reason;
  role.value = undefined;
  key.value = undefined;
}

/** Takes the key of a printed link (`/#key=…`) out of the address bar before anything else looks at it. */
export function adoptKeyFromAddress(): void {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given === null) return;
  history.replaceState(null, "", location.pathname + location.search);
  if (given.trim() !== "") beginSession(given.trim(), false);
}
