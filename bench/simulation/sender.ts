/* Whoever has frames and children to send them to: the owner of the topic, and a relay. The rules are those of
 * src/durable-objects/ledger/broadcast.ts, without a disk and with simulated time; test/bench/simulation.unit.test.ts
 * holds the two against each other. */
import type { Delivery, Receipts } from "../../src/domain/frame";
import { comparePositions, type Position } from "../../src/domain/ledger/position";
import { CALL_MS, RETRY_MAX_MS, RETRY_MS } from "../../src/durable-objects/ledger/line";
import { type Random, type Span, within } from "./random";
import type { Timeline } from "./timeline";

/** An alarm waits so long for what it has begun, and is then set again. */
const DUTY_MS = 5_000;
const ALARM_RETRY_MS = 2_000;
/** As a Topic has it. */
export const REPAIR_MS = 2_000;

interface Child {
  /** Undefined when it is not known what the child has. */
  have: Position | undefined;
  calling: boolean;
  callingSince: number;
  behind: boolean;
  behindSince: number;
  failures: number;
  retryAt: number | undefined;
}

export interface Source {
  timeline: Timeline;
  random: Random;
  alarmDelay: Span;
  /** Undefined while this is not known. */
  head(): Position | undefined;
  /** Gives what a child may be sent in one call after a position, now or later; undefined when it cannot be had. */
  after(have: Position, give: (deliveries: Delivery[] | undefined) => void): void;
  /** Calls back once, with what the child has or undefined; perhaps never. */
  deliver(child: string, deliveries: Delivery[], done: (receipts: Receipts | undefined) => void): void;
}

export class Sender {
  /** On disk: outlives an eviction. */
  readonly #leases = new Set<string>();
  #alarmAt: number | undefined;
  /** In memory; undefined after an eviction, until something wakes the object. */
  #children: Map<string, Child> | undefined = new Map();
  /** Rings that wait for the end of what the first of them has begun. */
  #waiting: (() => void)[] = [];
  #isRinging = false;
  #isOverdue = false;
  readonly #source: Source;
  alarmsSet = 0;
  alarmsRung = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  /** @param have what the child has with the answer to its lease */
  lease(name: string, have: Position): void {
    const children = this.wake();
    this.#leases.add(name);
    const child = children.get(name) ?? newChild();
    child.have = have;
    children.set(name, child);
    const head = this.#source.head();
    if (head !== undefined && comparePositions(have, head) < 0) child.retryAt = this.#source.timeline.now;
    this.#arm();
  }

  /** Frames were committed: everyone lacks them, and is called unless it is being called. */
  committed(): void {
    const children = this.wake();
    for (const child of children.values()) this.#fallBehind(child);
    this.#arm();
    for (const [name, child] of children) this.#send(name, child);
  }

  /** Nobody remembers what children have: they are behind until they have said it. */
  wake(): Map<string, Child> {
    if (this.#children !== undefined) return this.#children;
    this.#children = new Map([...this.#leases].map((name) => [name, newChild()]));
    for (const child of this.#children.values()) this.#fallBehind(child);
    this.#arm();
    return this.#children;
  }

  evict(): void {
    this.#children = undefined;
    this.#waiting = [];
    // The platform repeats an alarm whose handler did not end.
    if (this.#isRinging || this.#isOverdue) this.#setAlarm(this.#source.timeline.now + ALARM_RETRY_MS);
    this.#isRinging = false;
    this.#isOverdue = false;
  }

  #fallBehind(child: Child): void {
    if (!child.behind) child.behindSince = this.#source.timeline.now;
    child.behind = true;
  }

  /** @param ended called when it has everything, or the call failed */
  #send(name: string, child: Child, ended: () => void = () => {}): void {
    if (child.calling) {
      ended();
      return;
    }
    child.calling = true;
    child.callingSince = this.#source.timeline.now;
    this.#next(name, child, () => {
      child.calling = false;
      ended();
    });
  }

  #next(name: string, child: Child, ended: () => void): void {
    const head = this.#source.head();
    const { have } = child;
    const nothing = head === undefined || (have !== undefined && comparePositions(have, head) >= 0);
    const give = (deliveries: Delivery[] | undefined) => {
      if (this.#children?.get(name) !== child) return;
      if (deliveries !== undefined && deliveries.length > 0) this.#call(name, child, deliveries, ended);
      else {
        if (deliveries === undefined) this.#failed(child);
        else Object.assign(child, { behind: false, retryAt: undefined });
        ended();
      }
    };
    if (nothing) give([]);
    else this.#source.after(have ?? { epoch: head.epoch, seq: head.seq - 1 }, give);
  }

  #call(name: string, child: Child, deliveries: Delivery[], ended: () => void): void {
    let settled = false;
    const settle = (receipts: Receipts | undefined) => {
      // After an eviction this child is nobody's; after two seconds the answer is dropped.
      if (settled || this.#children?.get(name) !== child) return;
      settled = true;
      const topic = deliveries[0]?.topic ?? "";
      if (this.#received(child, receipts?.have[topic])) this.#next(name, child, ended);
      else {
        this.#failed(child);
        ended();
      }
    };
    this.#source.timeline.after(CALL_MS, () => settle(undefined));
    this.#source.deliver(name, deliveries, settle);
  }

  /** False when nothing moved. */
  #received(child: Child, now: Position | undefined): boolean {
    if (now === undefined || (child.have !== undefined && comparePositions(child.have, now) === 0)) return false;
    child.have = now;
    child.failures = 0;
    return true;
  }

  /** The alarm that was set before the call looks after it: no other is set. */
  #failed(child: Child): void {
    child.failures++;
    child.retryAt = this.#source.timeline.now + Math.min(RETRY_MS * 2 ** (child.failures - 1), RETRY_MAX_MS);
  }

  #dueOf({ calling, callingSince, retryAt, behind, behindSince }: Child): number | undefined {
    if (calling) return callingSince + Math.max(REPAIR_MS, 2 * CALL_MS);
    return retryAt ?? (behind ? behindSince + REPAIR_MS : undefined);
  }

  /** The alarm is on disk too, and moves only earlier. */
  #arm(): void {
    let due = Number.POSITIVE_INFINITY;
    for (const child of this.#children?.values() ?? []) due = Math.min(due, this.#dueOf(child) ?? due);
    if (due === Number.POSITIVE_INFINITY || (this.#alarmAt !== undefined && this.#alarmAt <= due)) return;
    this.#setAlarm(Math.max(due, this.#source.timeline.now + 1));
  }

  #setAlarm(at: number): void {
    this.#alarmAt = at;
    this.alarmsSet++;
    const late = within(this.#source.alarmDelay, this.#source.random);
    this.#source.timeline.at(at + late, () => {
      if (this.#alarmAt !== at) return;
      // No alarm rings while another is being handled.
      if (this.#isRinging) this.#isOverdue = true;
      else this.#ring();
    });
  }

  #ring(): void {
    this.#alarmAt = undefined;
    this.#isOverdue = false;
    this.#isRinging = true;
    this.alarmsRung++;
    const children = this.wake();
    let isOver = false;
    const over = () => {
      if (isOver || this.#children !== children) return;
      isOver = true;
      this.#isRinging = false;
      if (this.#isOverdue) this.#ring();
      else this.#arm();
    };
    this.#sendDue(children, over);
    this.#source.timeline.after(DUTY_MS, over);
  }

  /** What an earlier ring has begun and not ended is not begun a second time. */
  #sendDue(children: Map<string, Child>, over: () => void): void {
    this.#waiting.push(over);
    if (this.#waiting.length > 1) return;
    const { now } = this.#source.timeline;
    const due = [...children].filter(([, child]) => (this.#dueOf(child) ?? now + 1) <= now);
    let left = due.length;
    const ended = () => {
      if (--left > 0 || this.#children !== children) return;
      for (const one of this.#waiting.splice(0)) one();
    };
    for (const [name, child] of due) this.#send(name, child, ended);
    if (due.length === 0) ended();
  }
}

const newChild = (): Child => ({
  have: undefined,
  calling: false,
  callingSince: 0,
  behind: false,
  behindSince: 0,
  failures: 0,
  retryAt: undefined,
});
