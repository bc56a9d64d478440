/* Repeater: all of a relay but its class. Of each topic that its hubs want it holds one lease, as a hub does, and sends to
 * them as an owner does (ledger/broadcast.ts). It keeps the newest frames in memory and reads older ones from the owner.
 *
 * It answers for a frame before its hubs have it: so the alarm is on disk before the answer, and after a crash each hub
 * counts as behind until it has said what it has. Hubs that listen no more let their leases lapse, and then so does it. */
import { ALERTS_TOPIC } from "../../domain/alerts/alert";
import { atOnce } from "../../domain/at-once";
import { earliest, withDeadline } from "../../domain/deadline";
import type { Delivery, LeaseAnswer, Receipts } from "../../domain/frame";
import type { RangeAnswer } from "../../domain/ledger/append";
import { comparePositions, formatPosition, type Position } from "../../domain/ledger/position";
import { endOf } from "../../domain/live/delivery";
import { rangeDelivery } from "../../domain/live/range";
import { Tally } from "../../domain/live/tally";
import type { Owner } from "../hub/owners";
import { Alarm } from "../ledger/alarm";
import { Broadcast, LEASE_MS } from "../ledger/broadcast";
import { LEASES } from "../ledger/lease-table";
import type { Deliver } from "../ledger/line";

/** People wait for some of these frames: after a crash they are looked after this soon. While frames flow that is a row
 * written for every two seconds, however many there are. */
const REPAIR_MS = 2_000;
const RENEW_MS = LEASE_MS / 2;
/** Renewals of relays are spread over this span. */
const SPREAD_MS = 30_000;
/** What is due within this span is renewed along with what is due now. */
const TOGETHER_MS = 60_000;
const RETRY_MS = 1_000;
const RETRY_MAX_MS = 30_000;
const CALL_MS = 5_000;
/** Owners asked at the same time: a relay that wakes with many leases must not open many requests. */
const CALLS_AT_ONCE = 32;
/** Frames in one answer of an owner. */
const READ_LIMIT = 256;

export interface RepeaterOptions {
  name: string;
  /** Asked for anew before each call. */
  ownerOf: (topic: string) => Owner;
  deliver: Deliver;
  now?: () => number;
  random?: () => number;
}

/** One topic that hubs want. */
interface Held {
  /** The newest frame heard of; undefined when nothing was heard in this life. */
  position: Position | undefined;
  /** When the owner's promise ends. */
  until: number;
  renewAt: number;
  failures: number;
}

export class Repeater {
  readonly #name: string;
  readonly #ownerOf: (topic: string) => Owner;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #broadcast: Broadcast;
  readonly #alarm: Alarm;
  readonly #tally = new Tally();
  readonly #topics = new Map<string, Held>();
  /** Calls to owners under way, by what they ask: many hubs that want the same are one call. */
  readonly #asking = new Map<string, Promise<boolean>>();
  readonly #reading = new Map<string, Promise<RangeAnswer>>();

  constructor(storage: DurableObjectStorage, { name, ownerOf, deliver, now, random }: RepeaterOptions) {
    this.#name = name;
    this.#ownerOf = ownerOf;
    this.#now = now ?? Date.now;
    this.#random = random ?? Math.random;
    storage.sql.exec(LEASES);
    const shelf = { sql: storage.sql, exists: true, create: () => {} };
    const source = { head: this.#head, after: (topic: string, have: Position) => this.#after(topic, have) };
    const pass: Deliver = async (child, deliveries) => {
      const receipts = await deliver(child, deliveries);
      this.#tally.note(child, receipts.reach ?? []);
      return receipts;
    };
    this.#broadcast = new Broadcast(shelf, source, { deliver: pass, now: this.#now, repairMs: REPAIR_MS });
    for (const topic of this.#broadcast.topics()) this.#topics.set(topic, unheard());
    const renewal = { name: "owners", dueAt: () => this.#renewalDue(), run: (at: number) => this.#renewDue(at) };
    this.#alarm = new Alarm(storage, [renewal, this.#broadcast]);
  }

  #head = (topic: string): Position | undefined => this.#topics.get(topic)?.position;

  /* === What the owner sends ========================================================================================== */

  /** Takes frames over and passes them on, without waiting for anybody. May be repeated. */
  async deliver(deliveries: Delivery[]): Promise<Receipts> {
    await this.#alarm.load();
    const have: Receipts["have"] = {};
    for (const delivery of deliveries) have[delivery.topic] = this.#take(delivery);
    this.#alarm.arm(this.#now());
    this.#broadcast.publish();
    const reach = deliveries.some(({ topic }) => topic === ALERTS_TOPIC) ? this.#tally.report() : [];
    return reach.length === 0 ? { have } : { have, reach };
  }

  /** Whatever is newer than what was heard: frames that lie in between are the owner's to be read. */
  #take(delivery: Delivery): Position {
    const { topic, epoch } = delivery;
    const held = this.#topics.get(topic);
    const end = endOf(delivery);
    // Nobody listens any more: the lease lapses by itself.
    if (held === undefined) return end;
    const before = held.position;
    if (before !== undefined && comparePositions(end, before) <= 0) {
      if (topic === ALERTS_TOPIC) this.#tally.tellAgain();
      return before;
    }
    held.position = end;
    const frames = "frames" in delivery ? delivery.frames : [];
    const first = "frames" in delivery ? delivery.first : end.seq + 1;
    const known = before?.epoch === epoch ? Math.max(0, before.seq + 1 - first) : 0;
    this.#broadcast.committing([{ topic, epoch, first: first + known, frames: frames.slice(known) }]);
    return end;
  }

  /* === What hubs ask for ============================================================================================= */

  /** As an owner's: `child` gets the frames of the topic for 10 minutes, and everything after `have` at once. */
  async lease(child: string, topic: string, have: Position | null): Promise<LeaseAnswer> {
    await this.#alarm.load();
    if (!(await this.#hold(topic))) return { status: "unknown" };
    const missing = await this.#after(topic, have);
    // The last of the others may have left meanwhile. The hub asks again.
    if (this.#head(topic) === undefined) throw new Error(`the lease of ${topic} ended`);
    const answer = this.#broadcast.lease(child, topic, () => missing);
    this.#alarm.arm(this.#now());
    return answer;
  }

  /** For one socket's catching up: the owner's answer, asked for once however many hubs want the same. */
  read(topic: string, after: Position | null, limit: number): Promise<RangeAnswer> {
    const key = `${topic} ${limit} ${after === null ? "" : formatPosition(after)}`;
    const call = () => withDeadline(this.#ownerOf(topic).read(topic, after, limit), CALL_MS);
    return shared(this.#reading, key, call);
  }

  async #after(topic: string, have: Position | null): Promise<Delivery[]> {
    const head = this.#head(topic);
    if (have !== null && head !== undefined) {
      if (have.epoch === head.epoch && have.seq >= head.seq) return [];
      const recent = this.#broadcast.recentAfter(topic, have);
      if (recent !== undefined) return [recent];
    }
    const answer = await this.read(topic, have, READ_LIMIT);
    const delivery = answer.status === "unknown" ? undefined : rangeDelivery(topic, answer);
    return delivery === undefined ? [] : [delivery];
  }

  /* === The leases of this relay ====================================================================================== */

  /** Whether the owner sends the topic; false when it has no such stream. */
  async #hold(topic: string): Promise<boolean> {
    const held = this.#topics.get(topic);
    if (held?.position !== undefined && held.until > this.#now()) return true;
    return shared(this.#asking, topic, () => this.#ask(topic));
  }

  async #ask(topic: string): Promise<boolean> {
    const held = this.#topics.get(topic) ?? unheard();
    // Frames may overtake the answer.
    this.#topics.set(topic, held);
    const began = this.#now();
    const call = this.#ownerOf(topic).lease(this.#name, topic, held.position ?? null);
    const answer = await withDeadline(call, CALL_MS);
    if (answer.status !== "leased") {
      this.#topics.delete(topic);
      return false;
    }
    for (const delivery of answer.delivery) this.#take(delivery);
    held.position ??= answer.head;
    held.until = began + LEASE_MS;
    held.renewAt = began + RENEW_MS - Math.floor(this.#random() * SPREAD_MS);
    held.failures = 0;
    return true;
  }

  #renewalDue(): number | undefined {
    return earliest([...this.#topics.values()].map(({ renewAt }) => renewAt));
  }

  async #renewDue(now: number): Promise<void> {
    const wanted = new Set(this.#broadcast.topics());
    const due = [...this.#topics].filter(([, { renewAt }]) => renewAt <= now + TOGETHER_MS);
    await atOnce(CALLS_AT_ONCE, due, async ([topic, held]) => {
      if (wanted.has(topic)) await this.#renew(topic, held);
      // Not while a hub is about to listen.
      else if (!this.#asking.has(topic)) this.#topics.delete(topic);
    });
    this.#broadcast.publish();
  }

  async #renew(topic: string, held: Held): Promise<void> {
    try {
      await shared(this.#asking, topic, () => this.#ask(topic));
    } catch (error) {
      held.failures++;
      held.renewAt = this.#now() + Math.min(RETRY_MS * 2 ** (held.failures - 1), RETRY_MAX_MS);
      const reason = error instanceof Error ? error.message : String(error);
      console.warn(`${this.#name}: lease of ${topic} failed: ${reason}`);
    }
  }

  /** The body of `alarm()`: renews what is due, and repeats what hubs have not answered. */
  async runDueDuties(): Promise<void> {
    await this.#alarm.load();
    await this.#alarm.ring(this.#now());
  }
}

const unheard = (): Held => ({ position: undefined, until: 0, renewAt: 0, failures: 0 });

/** The call under way for `key`, or a new one. */
function shared<T>(calls: Map<string, Promise<T>>, key: string, call: () => Promise<T>): Promise<T> {
  const underWay = calls.get(key);
  if (underWay !== undefined) return underWay;
  const begun = call().finally(() => calls.delete(key));
  calls.set(key, begun);
  return begun;
}
