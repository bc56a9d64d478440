/* Reading a node's history while its page is shown: the newest page again and again, older ones on demand. */
import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { NodeHistory } from "../../../src/domain/nodes/posting";
import { call, segment } from "../api/client";
import type { Problem } from "../api/problem";
import { serverNow } from "../ui/clock";
import { type Polled, usePolled } from "../ui/polled";
import { type Log, lacks, NO_LOG, withNewest, withOlder } from "./log";

const EVERY_MS = 3_000;
const PAGE = 100;
/** A node that flaps all day has more than anybody reads: the bar then begins where they do. */
const MOST_BY_ITSELF = 1_000;

export interface History {
  log: ReadonlySignal<Log>;
  /** The last answer, for its time and its problem. */
  polled: ReadonlySignal<Polled<NodeHistory>>;
  isBusy: ReadonlySignal<boolean>;
  problem: ReadonlySignal<Problem | undefined>;
  more(): Promise<void>;
  again(): void;
}

/** @param spanMs what must be known of the past without being asked for */
export function useHistory(id: string, spanMs: number): History {
  const path = `/nodes/${segment(id)}/history?limit=${PAGE}`;
  const { state, again } = usePolled<NodeHistory>(path, EVERY_MS);
  const log = useSignal<Log>(NO_LOG);
  const isBusy = useSignal(false);
  const problem = useSignal<Problem | undefined>(undefined);

  const more = async () => {
    const { next } = log.peek();
    if (typeof next !== "string" || isBusy.peek()) return;
    isBusy.value = true;
    const answer = await call<NodeHistory>(`${path}&cursor=${encodeURIComponent(next)}`);
    isBusy.value = false;
    problem.value = answer.ok ? undefined : answer.problem;
    if (answer.ok && log.peek().next === next) log.value = withOlder(log.peek(), answer.value);
  };

  const { value } = state.value;
  useEffect(() => {
    if (value !== undefined) log.value = withNewest(log.peek(), value);
  }, [value]);
  const { events } = log.value;
  useEffect(() => {
    const isWanted = events.length < MOST_BY_ITSELF && lacks(log.peek(), serverNow() - spanMs);
    if (isWanted && problem.peek() === undefined) void more();
  }, [events.length]);
  return { log, polled: state, isBusy, problem, more, again };
}
