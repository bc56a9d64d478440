/* Civil alerts in an installation: places, topic `alerts`, and hubs that listen. What the Worker does for a post is counted;
 * so is the canary, which beats all the time. In a hub only the calls it gets are counted: docs/cost.md says what it writes. */
import { ALERTS_TOPIC, type AlertCommand, type AlertInput, CANARY_LOCATION } from "../../src/domain/alerts/alert";
import { type AlertFact, type AreaState, areaOf, IDENTITY_MS } from "../../src/domain/alerts/area";
import { history } from "../../src/domain/alerts/part";
import { placeAlerts, sharesOf } from "../../src/domain/alerts/posting";
import type { Delivery, Receipts } from "../../src/domain/frame";
import type { Position } from "../../src/domain/ledger/position";
import { topicChild } from "../../src/domain/live/children";
import { endOf } from "../../src/domain/live/delivery";
import { Reach } from "../../src/domain/live/reach";
import { partitionOf } from "../../src/domain/partition";
import { Ledger } from "../../src/durable-objects/ledger/ledger";
import { TopicReach } from "../../src/durable-objects/topic-reach";
import { registerObject } from "../../src/storage/queries/registry";
import { follow, REPAIR_MS, type Topic, topicOf } from "./broadcast";
import { Installation } from "./installation";

/** As in wrangler.toml. */
const GRACE_MS = 600_000;
/** Hubs renew their leases so often. */
const RENEW_MS = 5 * 60_000;
/** Clients acknowledge within 5-15 s. */
const ACKNOWLEDGE_MS = 10_000;
/** Of a hub: how many there are changes no count. */
const SOCKETS = 1;

type Area = Ledger<AreaState, AlertCommand, AlertFact>;

/** A hub as far as an owner meets it: it has what it was sent, and counts its reach. */
class ListeningHub {
  have: Position | null = null;
  readonly #reach = new Reach(ALERTS_TOPIC);
  #unacknowledged: (Position & { at: number })[] = [];
  #acknowledged: Position = { epoch: "", seq: 0 };

  take(deliveries: Delivery[], now: number): Receipts {
    this.#acknowledge(now);
    for (const delivery of deliveries) {
      this.have = endOf(delivery);
      if (!("snapshot" in delivery)) for (const text of delivery.frames) this.#flush(text, now);
    }
    this.#reach.flushed(now);
    return { have: { [ALERTS_TOPIC]: this.have as Position }, reach: this.#reach.report(now) };
  }

  #flush(text: string, now: number): void {
    const { epoch, seq } = JSON.parse(text) as Position;
    this.#reach.passed({ epoch, seq }, { registered: SOCKETS, asked: SOCKETS, flushed: SOCKETS }, now, now);
    this.#unacknowledged.push({ epoch, seq, at: now });
  }

  #acknowledge(now: number): void {
    const read = this.#unacknowledged.findLast(({ at }) => at <= now - ACKNOWLEDGE_MS);
    if (read === undefined) return;
    this.#reach.acknowledged(this.#acknowledged, read);
    this.#acknowledged = read;
    this.#unacknowledged = this.#unacknowledged.filter(({ seq }) => seq > read.seq);
  }
}

export class Country extends Installation {
  readonly #partitions: number | undefined;
  readonly #hubs = new Map<string, ListeningHub>();
  readonly #reach: TopicReach;

  /** @param partitions as AREA_PARTITIONS; undefined is one object per place
   * @param hubs that listen to topic `alerts` */
  constructor(start: number, { partitions, hubs = 0 }: { partitions?: number; hubs?: number } = {}) {
    super(start);
    this.#partitions = partitions;
    for (let i = 0; i < hubs; i++) this.#hubs.set(`eu-${i}`, new ListeningHub());
    this.#reach = new TopicReach(this.d1.database, (after, limit) => this.#topic.range(ALERTS_TOPIC, after, limit));
  }

  /** The canary and the leases: what goes on whether there are alerts or not. */
  async begin(): Promise<void> {
    const body: AlertCommand = { type: "canary", location: CANARY_LOCATION };
    const events = [{ stream: CANARY_LOCATION, source: CANARY_LOCATION, body }];
    await this.#area(CANARY_LOCATION).append({ key: "canary", hash: "", events });
    await this.#renew();
  }

  async #renew(): Promise<void> {
    for (const [name, hub] of this.#hubs) {
      this.counted.object_calls++;
      const answer = await this.#topic.lease(name, ALERTS_TOPIC, hub.have);
      if (answer.status === "leased") hub.take(answer.delivery, this.now);
    }
    this.plan(this.now + RENEW_MS, () => this.#renew());
  }

  async post(alert: AlertInput): Promise<void> {
    this.counted.requests++;
    const request = `request-${this.counted.requests}`;
    let minted = 0;
    const mint = () => `${request}/${minted++}`;
    const placed = placeAlerts([alert], { principal: "bench", idempotencyKey: undefined, mint });
    this.counted.events += placed.length;
    for (const [name, share] of sharesOf(placed, request, (key) => partitionOf(key, this.#partitions))) {
      this.counted.object_calls++;
      const answer = await this.#area(name).append(share.request);
      if (!answer.ok) throw new Error(`An append was refused: ${answer.detail}`);
    }
  }

  /** What D1 has: events, alerts that are over, and alerts that are not. */
  get stored(): { events: number; closed: number; open: number } {
    const counts = `SELECT (SELECT count(*) FROM alert_events) AS events,
      (SELECT count(*) FROM alerts WHERE closed_at IS NOT NULL) AS closed,
      (SELECT count(*) FROM alerts WHERE closed_at IS NULL) AS open`;
    const [row] = this.d1.rows<{ events: number; closed: number; open: number }>(counts);
    return { ...(row as { events: number; closed: number; open: number }) };
  }

  #area(name: string): Area {
    return this.ledger(
      `AlertArea/${name}`,
      ({ ctx, ...surroundings }) =>
        new Ledger<AreaState, AlertCommand, AlertFact>(ctx, {
          ...surroundings,
          reducer: areaOf(GRACE_MS),
          outputs: [history],
          delayMs: 0,
          repairMs: REPAIR_MS,
          identityMs: IDENTITY_MS,
          followers: [topicChild(ALERTS_TOPIC)],
          deliver: (_, deliveries) => follow(this, { ledger: this.#topic, name: ALERTS_TOPIC }, deliveries),
          introduce: (births) =>
            registerObject(this.d1.database, "AlertArea", name, births[0]?.epoch ?? "", surroundings.now()),
        }),
    );
  }

  get #topic(): Topic {
    return topicOf(this, ALERTS_TOPIC, (child, deliveries) => this.#tell(child, deliveries));
  }

  async #tell(child: string, deliveries: Delivery[]): Promise<Receipts> {
    this.counted.object_calls++;
    const receipts = (this.#hubs.get(child) as ListeningHub).take(deliveries, this.now);
    await this.#reach.note(child, receipts, this.now);
    return receipts;
  }
}
