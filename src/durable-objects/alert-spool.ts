/* AlertSpool: a few objects, numbered, that keep alerts whose place cannot be reached; woken by the Worker and by one alarm
 * that tries the places again. What waits and when: domain/alerts/spool.ts. */
import { IDENTITY_MS } from "../domain/alerts/area";
import { keyOf, type SpoolCommand, type Spooled, type SpoolFact, type SpoolState, spool } from "../domain/alerts/spool";
import { withDeadline } from "../domain/deadline";
import { START } from "../domain/event";
import type { AppendAnswer, ObjectAudit } from "../domain/ledger/append";
import { parkMessage } from "../storage/queries/dead-letters";
import { registerObject } from "../storage/queries/registry";
import type { AlertArea } from "./alert-area";
import { Ledger } from "./ledger/ledger";
import { LedgerObject } from "./ledger-object";
import { surroundings } from "./surroundings";
import { inTurns } from "./turns";

const CALL_MS = 5_000;
/** Alerts forwarded to one place with one call. */
const TOGETHER = 200;
/** As many places at the same time as answer soon: where all objects share a thread that is few, and other alerts have their
 * turn (docs/decisions/turns.md); where each has its own, it is soon all of them. */
const ROUNDS = { first: 1, quickMs: 100 };
/** A spool is one stream. */
const STREAM = "waiting";
/** What it does, as the audit names it. */
const FORWARD = "forward";

export class AlertSpool extends LedgerObject<SpoolState, SpoolCommand, SpoolFact> {
  readonly #name = this.ctx.id.name ?? "";
  #forwarding = false;
  protected readonly ledger = new Ledger<SpoolState, SpoolCommand, SpoolFact>(this.ctx, {
    ...surroundings(this.ctx, this.env, "AlertSpool"),
    reducer: spool,
    outputs: [],
    // As long as the place itself: what waits here must not be replaced by something else of its id.
    identityMs: IDENTITY_MS,
    introduce: (births) => registerObject(this.env.DB, "AlertSpool", this.#name, births[0]?.epoch ?? "", Date.now()),
  });

  /** Takes alerts in, each under its own identity. */
  append(waiting: Spooled[]): Promise<AppendAnswer> {
    const events = waiting.map((spooled) => {
      const { source, hash } = spooled.event;
      const body: SpoolCommand = { type: "spool", spooled };
      return { stream: STREAM, source, id: keyOf(spooled), ...(hash === undefined ? {} : { hash }), body };
    });
    return this.ledger.append({ key: crypto.randomUUID(), hash: "", events });
  }

  /** How many wait. */
  async waiting(): Promise<number> {
    return (await this.ledger.stream(STREAM))?.state.waiting.size ?? 0;
  }

  /** What was taken in was forwarded, is parked, or waits: no queue is behind a spool, so it accounts for itself. */
  override async audit(cursors: { purpose: string; epoch: string; pos: number }[]): Promise<ObjectAudit> {
    const audit = await this.ledger.audit(cursors);
    const { taken, parked, waiting } = (await this.ledger.stream(STREAM))?.state ?? spool.empty(STREAM);
    const pending = waiting.size;
    const settled = { rolled_up: taken - parked - pending, parked };
    return {
      ...audit,
      accepted: taken,
      outputs: [{ purpose: FORWARD, confirmed: START, accepted: taken, pending }],
      settled,
    };
  }

  override async alarm(): Promise<void> {
    await this.ledger.runDueDuties();
    await this.#forward();
  }

  async #forward(): Promise<void> {
    const stream = await this.ledger.stream(STREAM);
    if (stream === undefined || this.#forwarding) return;
    this.#forwarding = true;
    try {
      const byArea = Map.groupBy(stream.state.waiting.values(), ({ area }) => area);
      await inTurns([...byArea], ([area, waiting]) => this.#forwardTo(area, waiting), ROUNDS);
    } finally {
      this.#forwarding = false;
    }
  }

  /** Everything that waits for a place, until it does not answer. */
  async #forwardTo(area: string, waiting: Spooled[]): Promise<void> {
    try {
      for (let i = 0; i < waiting.length; i += TOGETHER) {
        await this.#forwardTogether(area, waiting.slice(i, i + TOGETHER));
      }
    } catch (error) {
      // The place or D1 cannot be reached: the alarm tries again.
      console.warn(`${this.#name}: alerts for ${area} wait`, error);
    }
  }

  async #forwardTogether(area: string, together: Spooled[]): Promise<void> {
    const request = { key: crypto.randomUUID(), hash: "", events: together.map(({ event }) => event) };
    const place = this.env.ALERT_AREA.getByName(area) as unknown as Pick<AlertArea, "append">;
    const answer = await withDeadline(place.append(request), CALL_MS);
    if (answer.ok) return this.#forwarded(together, false);
    const bad = together.filter((_, i) => answer.receipts[i]?.status === "conflict");
    if (bad.length === 0) throw new Error(answer.detail);
    // One of them refuses all. The others go first: they must not wait until the bad ones can be put away.
    const others = together.filter((_, i) => answer.receipts[i]?.status !== "conflict");
    if (others.length > 0) await this.#forwardTogether(area, others);
    await Promise.all(bad.map((spooled) => this.#park(spooled)));
    await this.#forwarded(bad, true);
  }

  /** The id was used for something else meanwhile, and coming again would not help: people have to look at it. */
  #park(spooled: Spooled): Promise<void> {
    const id = `${this.#name}/${keyOf(spooled)}`;
    return parkMessage(this.env.DB, id, this.#name, spooled, "The id came before with other content", Date.now());
  }

  async #forwarded(done: Spooled[], parked: boolean): Promise<void> {
    const events = done.map((spooled) => {
      const body: SpoolCommand = { type: "forwarded", key: keyOf(spooled), parked };
      return { stream: STREAM, source: this.#name, body };
    });
    await this.ledger.append({ key: crypto.randomUUID(), hash: "", events });
  }
}
