/* What is asked for with every message of a burst and need not be done with each: at once the first time, then at most now
 * and then, and once more after the last. */

/** @returns asks for it */
export function paced(run: () => void, everyMs: number): () => void {
  let ranAt = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const go = (): void => {
    timer = undefined;
    ranAt = Date.now();
    run();
  };
  return () => {
    if (timer !== undefined) return;
    // A clock that was set back must not make it wait for long.
    const wait = Math.min(everyMs, ranAt + everyMs - Date.now());
    if (wait <= 0) go();
    else timer = setTimeout(go, wait);
  };
}
