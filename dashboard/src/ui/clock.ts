/* One clock for everything that shows an age: it moves once a second, and not while nobody looks. What the server says
 * happened is as old as the server's clock says: a device's own may be an hour off. */
import { computed, signal } from "@preact/signals";
import { skewOf } from "./skew";

/** By this device's clock: for what this page itself saw. */
export const now = signal(Date.now());
/** How far the server's clock is ahead of this device's, ms. */
export const skew = signal(0);
/** Now, by the server's clock. */
export const time = computed(() => now.value + skew.value);
export const serverNow = (): number => Date.now() + skew.peek();

/** Something that the server said, and says when.
 * @param asOf by the server's clock; NaN where it does not say */
export function tellTime(asOf: number, sentAt: number, heardAt: number): void {
  if (!Number.isNaN(asOf)) skew.value = skewOf(asOf, sentAt, heardAt);
}

/** Between two ticks, for what happens now and must not look as if it came from the future. */
export function setClock(): void {
  now.value = Date.now();
}

setInterval(() => {
  if (document.visibilityState === "visible") setClock();
}, 1_000);
document.addEventListener("visibilitychange", setClock);
