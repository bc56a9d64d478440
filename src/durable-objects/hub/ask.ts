/* Asks owners what the switchboard wants to know. */
import { atOnce } from "../../domain/at-once";
import type { LeaseAnswer } from "../../domain/frame";
import type { RangeAnswer } from "../../domain/ledger/append";
import type { Call } from "../../domain/live/calls";
import type { Switchboard } from "../../domain/live/switchboard";
import { owners } from "./owners";

/** An owner that takes longer counts as unreachable; its late answer is dropped, and the call is made again. */
const CALL_MS = 5_000;
/** Calls at the same time: a hub that wakes with thousands of leases must not open thousands of requests. */
const CALLS_AT_ONCE = 32;
/** Frames in one answer. */
const READ_LIMIT = 500;

/** Until nothing more is due. Never throws: a call that fails is due again later.
 * @param afterEach called whenever the switchboard has learned something */
export async function askOwners(env: Env, hub: string, board: Switchboard, afterEach: () => void): Promise<void> {
  for (let calls = board.calls.due(Date.now()); calls.length > 0; calls = board.calls.due(Date.now())) {
    await atOnce(CALLS_AT_ONCE, calls, async (call) => {
      await ask(env, hub, board, call, afterEach);
      afterEach();
    });
  }
}

async function ask(env: Env, hub: string, board: Switchboard, call: Call, afterEach: () => void): Promise<void> {
  try {
    const answer = callOwner(env, hub, call);
    const late = (value: LeaseAnswer | RangeAnswer) => {
      board.calls.strayed(call, value, Date.now());
      afterEach();
    };
    board.calls.answered(call, await within(CALL_MS, answer, late), Date.now());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.warn(`${hub}: ${call.kind} of ${call.feed.topic} failed: ${reason}`);
    board.calls.failed(call, Date.now());
  }
}

function callOwner(env: Env, hub: string, call: Call): Promise<LeaseAnswer | RangeAnswer> {
  const { topic } = call.feed;
  const owner = owners.of(env, topic, call.parent);
  return call.kind === "lease" ? owner.lease(hub, topic, call.have) : owner.read(topic, call.after, READ_LIMIT);
}

async function within<T>(ms: number, promise: Promise<T>, onLate: (value: T) => void): Promise<T> {
  let stop = () => {};
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => {
      // Whether it fails later as well does not matter.
      promise.then(onLate, () => {});
      reject(new Error(`no answer within ${ms} ms`));
    }, ms);
    stop = () => clearTimeout(timer);
  });
  return Promise.race([promise, late]).finally(() => stop());
}
