/* Reading requests as they were posted: the newest page again and again, until older ones are asked for. Then the list
 * stands still, so that it can be read: what came since would push it down, or leave a hole in it. */
import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { KeptRequests } from "../../../src/domain/requests/answers";
import { call } from "../api/client";
import type { Problem } from "../api/problem";
import { serverNow } from "../ui/clock";
import { usePolled } from "../ui/polled";
import { type Lines, linesOf, withOlder } from "./lines";
import { linesPath, type View } from "./view";

const EVERY_MS = 5_000;
const FIRST = 20;
const MORE = 100;

interface KeptLines {
  lines: Lines | undefined;
  problem: Problem | undefined;
  isBusy: ReadonlySignal<boolean>;
  /** Older ones are among them, so newer ones are not read. */
  isHeld: ReadonlySignal<boolean>;
  more(): Promise<void>;
  newest(): void;
  again(): void;
}

/** For one question: whoever asks another makes another of it (`key`), and what this one still has under way is dropped. */
export function useLines(view: View): KeptLines {
  // The window's beginning is fixed when it is opened: a question that changed with the clock would begin anew each time.
  const openedAt = useMemo(serverNow, []);
  const isHeld = useSignal(false);
  const isBusy = useSignal(false);
  const held = useSignal<Lines | undefined>(undefined);
  const problem = useSignal<Problem | undefined>(undefined);
  const gone = useMemo(() => new AbortController(), []);
  useEffect(() => () => gone.abort(), []);
  const { state, again } = usePolled<KeptRequests>(
    isHeld.value ? undefined : linesPath(view, { limit: FIRST, now: openedAt }),
    EVERY_MS,
  );
  const { value } = state.value;
  const polled = useMemo(() => value && linesOf(value), [value]);
  const lines = isHeld.value ? held.value : (polled ?? held.value);

  const more = async () => {
    const cursor = lines?.next;
    if (lines === undefined || typeof cursor !== "string" || isBusy.peek()) return;
    held.value = lines;
    isHeld.value = true;
    isBusy.value = true;
    const path = linesPath(view, { limit: MORE, now: openedAt, cursor }) as string;
    const answer = await call<KeptRequests>(path, { signal: gone.signal });
    if (gone.signal.aborted) return;
    isBusy.value = false;
    if (!isHeld.peek()) return; // The newest were asked for meanwhile.
    problem.value = answer.ok ? undefined : answer.problem;
    if (answer.ok) held.value = withOlder(lines, answer.value);
  };
  const newest = () => {
    isHeld.value = false;
    problem.value = undefined;
  };
  return {
    ...{ lines, isBusy, isHeld, more, newest },
    problem: isHeld.value ? problem.value : state.value.problem,
    again: () => (isHeld.peek() ? void more() : again()),
  };
}
