/* One clock for everything that shows an age: it moves once a second, and not while nobody looks. */
import { signal } from "@preact/signals";

export const now = signal(Date.now());

/** Between two ticks, for what happens now and must not look as if it came from the future. */
export function setClock(): void {
  now.value = Date.now();
}

setInterval(() => {
  if (document.visibilityState === "visible") setClock();
}, 1_000);
document.addEventListener("visibilitychange", setClock);
