/* One run: a topic, the hubs of a country or of the world, alerts, and what goes wrong meanwhile. */
import { hubName } from "../../src/domain/live/placement";
import { Client } from "./client";
import { Hub, type HubWorld } from "./hub";
import { FAULTLESS, type Faults, type Hops, Network, Station } from "./network";
import { Owner } from "./owner";
import { type Random, type Span, seeded, within } from "./random";
import { Relay } from "./relay";
import type { Source } from "./sender";
import { Timeline } from "./timeline";

/** How many objects of each kind it befalls, at random moments while alerts are sent. */
export interface Trouble {
  evictedOwners: number;
  evictedRelays: number;
  evictedHubs: number;
  deadHubs: number;
  /** Milliseconds that a dead hub stays dead. */
  deadFor: Span;
  /** Hubs whose sockets come while alerts are under way. */
  lateHubs: number;
}

export interface Plan {
  seed: number;
  sockets: number;
  socketsPerHub: number;
  /** Region → share of the sockets; the topic is in the first one. */
  regions: Record<string, number>;
  /** Children that a sender calls itself; what is beyond goes through relays. */
  direct: number;
  /** Calls that an object may have open; undefined for as many as it likes. */
  cap: number | undefined;
  alerts: { count: number; apart: Span };
  hops: Hops;
  faults: Faults;
  trouble: Trouble;
}

export const CALM: Trouble = {
  evictedOwners: 0,
  evictedRelays: 0,
  evictedHubs: 0,
  deadHubs: 0,
  deadFor: { from: 0, to: 0 },
  lateHubs: 0,
};

const OPENS_MS = 5_000;
const BEGINS_AT = 20_000;
/** Everything that was due has arrived by then, or the run says that it has not. */
const SETTLES_MS = 10 * 60_000;
const STEP_MS = 1_000;

export class Country {
  readonly plan: Plan;
  readonly timeline = new Timeline();
  readonly network: Network;
  readonly owner: Owner;
  readonly relays: Relay[] = [];
  readonly hubs: Hub[];
  /** Calls that carried frames. */
  deliveries = 0;
  readonly #random: Random;
  readonly #children = new Map<string, Hub | Relay>();
  readonly #late = new Set<Hub>();

  constructor(plan: Plan) {
    this.plan = plan;
    this.#random = seeded(plan.seed);
    this.network = new Network(this.timeline, this.#random, plan.hops, FAULTLESS, plan.cap);
    const [home = "local"] = Object.keys(plan.regions);
    const station = new Station("alerts", home);
    this.owner = new Owner(station, plan.direct, this.#source(station));
    this.hubs = this.#build();
  }

  /** What owner and relays send with. */
  #source(station: Station): Omit<Source, "head" | "after"> {
    const { timeline, network } = this;
    return {
      timeline,
      random: this.#random,
      alarmDelay: this.plan.hops.alarm,
      deliver: (name, deliveries, done) => {
        const child = this.#children.get(name);
        if (child === undefined) return;
        this.deliveries++;
        network.call(station, child.station, (at) => child.deliver(deliveries, at), done);
      },
    };
  }

  #build(): Hub[] {
    const { sockets, socketsPerHub, regions } = this.plan;
    const crowds = Object.entries(regions).flatMap(([region, share]) =>
      crowdsOf(region, sockets * share, socketsPerHub),
    );
    return crowds.map(({ region, i, count }) => {
      const hub = new Hub(new Station(hubName(region, i), region), count, new Client(), this.#hubWorld);
      this.#children.set(hub.station.name, hub);
      return hub;
    });
  }

  #relay(name: string): Relay {
    const known = this.#children.get(name);
    if (known instanceof Relay) return known;
    const station = new Station(name, name.slice(0, name.indexOf("-")));
    const relay = new Relay(station, this.owner, this.network, this.#source(station));
    this.#children.set(name, relay);
    this.relays.push(relay);
    return relay;
  }

  get #hubWorld(): HubWorld {
    const { hops } = this.plan;
    const { timeline, network } = this;
    const parent = (name: string | undefined) => (name === undefined ? this.owner : this.#relay(name));
    return { timeline, network, random: this.#random, sendCpu: hops.sendCpu, alarmDelay: hops.alarm, parent };
  }

  run(): void {
    const { plan, timeline, hubs } = this;
    this.owner.commit();
    this.#choose(hubs, plan.trouble.lateHubs, (hub) => this.#late.add(hub));
    for (const hub of hubs) if (!this.#late.has(hub)) timeline.at(this.#random() * OPENS_MS, () => hub.open());
    timeline.advanceTo(BEGINS_AT);
    this.#forgetCounts();
    this.network.faults = plan.faults;
    const end = this.#plan();
    timeline.advanceTo(end);
    while (!this.isComplete && timeline.now < end + SETTLES_MS) timeline.advanceTo(timeline.now + STEP_MS);
  }

  /** Every socket has every alert. */
  get isComplete(): boolean {
    const { seq } = this.owner.frames.head;
    return this.hubs.every(({ client }) => client.seq === seq);
  }

  #forgetCounts(): void {
    this.deliveries = 0;
    this.network.calls = 0;
    this.owner.rowsWritten = 0;
    for (const hub of this.hubs) hub.forgetCounts();
  }

  /** Sets alerts and troubles; returns when the last alert is. */
  #plan(): number {
    const { timeline } = this;
    const { alerts, trouble } = this.plan;
    let at = timeline.now;
    for (let i = 0; i < alerts.count; i++) {
      timeline.at(at, () => this.owner.commit());
      at += within(alerts.apart, this.#random);
    }
    const sometime = (run: () => void) => timeline.at(within({ from: timeline.now, to: at }, this.#random), run);
    for (let i = 0; i < trouble.evictedOwners; i++) sometime(() => this.owner.evict());
    this.#choose(this.relays, trouble.evictedRelays, (relay) => sometime(() => relay.evict()));
    this.#choose(this.hubs, trouble.evictedHubs, (hub) => sometime(() => hub.evict()));
    this.#choose(this.hubs, trouble.deadHubs, ({ station }) =>
      sometime(() => {
        station.deadUntil = timeline.now + within(trouble.deadFor, this.#random);
      }),
    );
    for (const hub of this.#late) sometime(() => hub.open());
    return at;
  }

  #choose<T>(from: T[], count: number, use: (one: T) => void): void {
    for (let i = 0; i < count && from.length > 0; i++) use(from[Math.floor(this.#random() * from.length)] as T);
  }
}

/** The hubs of a region, all full but the last. */
function crowdsOf(region: string, sockets: number, perHub: number): { region: string; i: number; count: number }[] {
  const crowds: { region: string; i: number; count: number }[] = [];
  for (let left = Math.round(sockets), i = 0; left > 0; i++, left -= perHub) {
    crowds.push({ region, i, count: Math.min(left, perHub) });
  }
  return crowds;
}
