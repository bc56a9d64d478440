/* A reading of the API that is repeated while somebody looks. The last good answer stays beside a later refusal. */
import { type Signal, signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type Answer, call } from "../api/client";
import type { Problem } from "../api/problem";
import { onLiveAgain } from "../live/feed";

export interface Polled<T> {
  value: T | undefined;
  /** When the value was answered, epoch ms. */
  at: number | undefined;
  problem: Problem | undefined;
}

export interface Polling<T> {
  state: Signal<Polled<T>>;
  again(): void;
}

/** `path` undefined: nothing to read yet. Waits for each answer before the next pause begins. What another path answered is
 * never shown under this one.
 * @param pauseMs what is waited after an answer; a function of it is made once, outside of what is drawn */
export function usePolled<T>(path: string | undefined, pauseMs: number | ((value?: T) => number)): Polling<T> {
  const state = useMemo(() => signal<Polled<T>>({ value: undefined, at: undefined, problem: undefined }), [path]);
  const turn = useSignal(0);
  const round = turn.value;
  useEffect(() => {
    if (path === undefined) return;
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      if (document.visibilityState === "visible") {
        const answer: Answer<T> = await call<T>(path, { signal: gone.signal });
        if (gone.signal.aborted) return;
        state.value = answer.ok
          ? { value: answer.value, at: answer.at, problem: undefined }
          : { ...state.peek(), problem: answer.problem };
      }
      timer = setTimeout(read, typeof pauseMs === "number" ? pauseMs : pauseMs(state.peek().value));
    };
    void read();
    const stop = onLiveAgain(() => {
      if (state.peek().problem === undefined) return;
      clearTimeout(timer);
      void read();
    });
    return () => {
      stop();
      gone.abort();
      clearTimeout(timer);
    };
  }, [path, pauseMs, round]);
  return { state, again: () => void turn.value++ };
}
