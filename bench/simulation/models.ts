/* The runs that docs/scaling.md shows: sizes, places, and what they are assumed to be made of. */
import { spreadOf } from "../statistics.ts";
import { CALM, Country, type Plan, type Trouble } from "./country";
import { FAULTLESS, type Faults, type Hops } from "./network";
import { billOf } from "./price";

/** Assumptions: no hop of Cloudflare's network was measured. bench/scaling.md gives the reasons. */
export const HOPS: Hops = {
  near: { from: 2, to: 10 },
  far: { from: 80, to: 250 },
  callCpu: 0.047,
  sendCpu: 0.04,
  alarm: { from: 1, to: 50 },
  lost: 5_000,
};

/** One call in a hundred goes wrong, another one is slow. */
const FAULTS: Faults = { failed: 0.005, lost: 0.0025, answerLost: 0.0025, slow: 0.01, slowFactor: 10 };

const troubleOf = (hubs: number): Trouble => ({
  evictedOwners: 1,
  evictedRelays: 2,
  evictedHubs: Math.ceil(hubs / 100),
  deadHubs: Math.ceil(hubs / 100),
  deadFor: { from: 5_000, to: 60_000 },
  lateHubs: Math.ceil(hubs / 100),
});

/** Shares of the sockets; the topic is in the first one. */
const PLACES = {
  "one region": { as: 1 },
  "six regions": { as: 0.3, eu: 0.25, na: 0.25, sa: 0.1, af: 0.07, oc: 0.03 },
};

const ALERTS = {
  /** Each long after the one before. */
  alone: { count: 10, apart: { from: 9_000, to: 11_000 } },
  /** Twenty a second. */
  burst: { count: 60, apart: { from: 50, to: 50 } },
};

export interface Model {
  sockets: number;
  place: keyof typeof PLACES;
  load: keyof typeof ALERTS;
  isFaulty: boolean;
  /** HUB_MAX_SOCKETS and HUB_CHILDREN. */
  socketsPerHub: number;
  children: number;
  cap: number | undefined;
}

const SIZES = [4_000, 100_000, 1_000_000, 10_000_000];
const LARGE = [1_000_000, 10_000_000];
const CAPS = [undefined, 6];

const SHIPPED = { load: "alone", isFaulty: false, socketsPerHub: 4_096, children: 256 } as const;

const each = <T>(values: T[], use: (value: T) => Model[]): Model[] => values.flatMap(use);

export interface ModelTable {
  title: string;
  models: Model[];
}

export const TABLES: ModelTable[] = [
  {
    title: "An alert alone, nothing goes wrong",
    models: each(["one region", "six regions"] as const, (place) =>
      each(SIZES, (sockets) => CAPS.map((cap) => ({ ...SHIPPED, place, sockets, cap }))),
    ),
  },
  {
    title: "The same with 32 children to a sender, and with hubs of 1,024 sockets",
    models: each(["one region", "six regions"] as const, (place) =>
      each(LARGE, (sockets) =>
        [
          { children: 32, socketsPerHub: 4_096 },
          { children: 32, socketsPerHub: 1_024 },
        ].flatMap((other) => CAPS.map((cap) => ({ ...SHIPPED, ...other, place, sockets, cap }))),
      ),
    ),
  },
  {
    title: "Twenty alerts a second for three seconds, one region",
    models: each([100_000, ...LARGE], (sockets) =>
      [256, 32].flatMap((children) =>
        CAPS.map((cap) => ({ ...SHIPPED, load: "burst", place: "one region", sockets, children, cap })),
      ),
    ),
  },
  {
    title: "Things go wrong, six regions",
    models: each(SIZES, (sockets) =>
      CAPS.map((cap) => ({ ...SHIPPED, isFaulty: true, place: "six regions", sockets, cap })),
    ),
  },
];

/** Milliseconds. */
export interface Times {
  p50: number;
  p99: number;
  max: number;
}

export interface Shown {
  hubs: number;
  relays: number;
  /** Calls one after the other from the topic to a hub, at most. */
  levels: number;
  callsPerAlert: number;
  /** From the commit in the topic to the last socket, and to 99 of 100 hubs; over alerts and seeds. */
  last: Times;
  most: Times;
  dollarsPerMillion: number;
  /** Frames that clients dropped because they had them. */
  repeats: number;
  /** Checked frames: alerts × hubs × seeds. */
  frames: number;
}

/** Runs a model under several seeds. Throws when a socket misses an alert, or gets one out of order, in any of them. */
export function show(model: Model, seeds: number): Shown {
  const shown = Array.from({ length: seeds }, (_, seed) => showOnce(model, seed));
  const most = <K extends "hubs" | "relays" | "levels">(name: K) => Math.max(...shown.map((one) => one[name]));
  const total = (name: "deliveries" | "repeats" | "frames") => shown.reduce((sum, one) => sum + one[name], 0);
  return {
    hubs: most("hubs"),
    relays: most("relays"),
    levels: most("levels"),
    callsPerAlert: total("deliveries") / (seeds * ALERTS[model.load].count),
    last: spreadOf(shown.flatMap(({ last }) => last)),
    most: spreadOf(shown.flatMap(({ most }) => most)),
    dollarsPerMillion: shown.reduce((sum, { dollars }) => sum + dollars, 0) / seeds,
    repeats: total("repeats"),
    frames: total("frames"),
  };
}

function showOnce(model: Model, seed: number) {
  const country = runOnce(model, seed);
  const { hubs, relays, deliveries } = country;
  const gaps = hubs.reduce((sum, { client }) => sum + client.gaps, 0);
  if (gaps > 0 || !country.isComplete) throw new Error(`Seed ${seed} of ${JSON.stringify(model)}: ${gaps} gaps.`);
  return {
    hubs: hubs.length,
    relays: relays.length,
    levels: relays.length > 0 ? 2 : 1,
    deliveries,
    last: reachOf(country, 1),
    most: reachOf(country, 0.99),
    dollars: billOf(country).total,
    repeats: hubs.reduce((sum, { client }) => sum + client.repeats, 0),
    frames: hubs.reduce((sum, { client }) => sum + client.reached.size, 0),
  };
}

function runOnce({ sockets, place, load, isFaulty, socketsPerHub, children, cap }: Model, seed: number): Country {
  const country = new Country({
    seed,
    sockets,
    socketsPerHub,
    regions: PLACES[place],
    direct: children,
    cap,
    alerts: ALERTS[load],
    hops: HOPS,
    faults: isFaulty ? FAULTS : FAULTLESS,
    trouble: isFaulty ? troubleOf(Math.ceil(sockets / socketsPerHub)) : CALM,
  } satisfies Plan);
  country.run();
  return country;
}

/** For each alert: when this share of the hubs had sent it to all of their sockets. Hubs that came later are not counted. */
function reachOf({ owner, hubs }: Country, share: number): number[] {
  const times: number[] = [];
  for (const [seq, at] of owner.committedAt) {
    const reached = hubs.flatMap(({ client }) => client.reached.get(seq) ?? []).sort((a, b) => a - b);
    const last = reached[Math.ceil(reached.length * share) - 1];
    if (seq > 1 && last !== undefined) times.push(last - at);
  }
  return times;
}
