/* Metrics and request logs in an installation: what a source posts, and what the Worker does for it. Reads and the archive
 * are not in it: the archive's cost is in docs/capacity.md. */
import { daysOf } from "../../src/domain/requests/day";
import { type IntakeFact, type IntakeState, intakeOf as requestsOf } from "../../src/domain/requests/intake";
import { loggedOf, parseRequests, sharesOf as requestShares } from "../../src/domain/requests/posting";
import type { RequestCommand } from "../../src/domain/requests/request";
import { intakeOf } from "../../src/domain/telemetry/owner";
import { sharesOf as metricShares, parseMetrics } from "../../src/domain/telemetry/posting";
import { Ledger } from "../../src/durable-objects/ledger/ledger";
import { ClosedBuckets } from "../../src/durable-objects/request-intake/closed-buckets";
import { Tiers } from "../../src/durable-objects/tiers";
import { registerObject } from "../../src/storage/queries/registry";
import { type Counts, difference } from "../cost.ts";
import { bodyOf, type Posts } from "../load/bodies";
import { Installation } from "./installation";
import { type MetricLedger, metricLedger } from "./metric-ledger";

const START = Date.parse("2026-11-21T10:00:17.250Z");
const MINUTE = 60_000;
/** Series begin once, and the first block of ten minutes is over by then. */
const WARM_UP_MINUTES = 11;
const PARTITIONS = 10;
/** As in wrangler.toml. */
const DELAY_MS = 60_000;

export interface TelemetryModel {
  what: string;
  posts: Posts;
  requestsPerSecond: number;
  /** Blocks of ten minutes are closed within it. */
  minutes: number;
}

const samples = (hosts: number, everyMs: number): Posts => ({
  ...{ of: "samples", batch: 1_000, hosts, names: 10, startMs: START, everyMs },
});

export const TELEMETRY_MODELS: TelemetryModel[] = [
  {
    what: "Request events, 100 a request, 1,000 events/s",
    posts: { of: "requests", batch: 100, bytes: 1_000 },
    requestsPerSecond: 10,
    minutes: 10,
  },
  {
    what: "Samples of 10,000 series every 10 s, 1,000 a request, ten series a host",
    posts: samples(1_000, 10_000),
    requestsPerSecond: 1,
    minutes: 20,
  },
  {
    what: "Samples of 1,000 series every second, 1,000 a request, ten series a host",
    posts: samples(100, 1_000),
    requestsPerSecond: 1,
    minutes: 20,
  },
];

class TelemetryInstallation extends Installation {
  readonly #posts: Posts;

  constructor(posts: Posts) {
    super(START);
    this.#posts = posts;
  }

  /** The next request of the load. */
  async post(): Promise<void> {
    const body = JSON.parse(bodyOf(this.#posts, this.counted.requests, this.now)) as unknown[];
    this.counted.requests++;
    this.counted.events += body.length;
    const sender = { source: "bench", key: `request-${this.counted.requests}`, hash: "" };
    if (this.#posts.of === "samples") {
      const parsed = parseMetrics(body, this.now);
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.error[0]));
      const shares = metricShares(parsed.value, sender, (group) => intakeOf("bench", group, PARTITIONS));
      for (const [name, { request }] of shares) await this.#append(this.#metrics(name), request);
    } else {
      const parsed = parseRequests(body, this.now);
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.error[0]));
      const shares = requestShares(
        parsed.value.map((input) => loggedOf(input, [])),
        sender,
        undefined,
      );
      for (const [name, { request }] of shares) await this.#append(this.#requests(name), request);
    }
  }

  async #append<R>(ledger: { append(request: R): Promise<{ ok: boolean }> }, request: R): Promise<void> {
    this.counted.object_calls++;
    const answer = await ledger.append(request);
    if (!answer.ok) throw new Error("An append was refused.");
  }

  #metrics(name: string): MetricLedger {
    return metricLedger(this, name);
  }

  #requests(name: string): Ledger<IntakeState, RequestCommand, IntakeFact> {
    return this.ledger(`RequestIntake/${name}`, ({ ctx, object, ...surroundings }) => {
      const closed = new ClosedBuckets(new Tiers(ctx.storage.sql));
      return new Ledger<IntakeState, RequestCommand, IntakeFact>(ctx, {
        ...surroundings,
        object,
        reducer: requestsOf(),
        outputs: [daysOf(object)],
        project: ({ type, at }, state) => {
          if (type !== "closed") return;
          closed.add(state.leaving, at);
          state.leaving = [];
        },
        delayMs: DELAY_MS,
        deliver: async () => ({ have: {} }),
        introduce: () => this.#introduce("RequestIntake", name),
      });
    });
  }

  #introduce(kind: string, name: string): Promise<void> {
    return registerObject(this.d1.database, kind, name, "e", this.now);
  }
}

/** What the load does within its minutes, once it is under way.
 * @param minutes instead of its own, for a first look */
export async function countTelemetry(model: TelemetryModel, minutes = model.minutes): Promise<Counts> {
  const installation = new TelemetryInstallation(model.posts);
  const run = async (minutes: number) => {
    for (let i = 0; i < minutes * 60 * model.requestsPerSecond; i++) {
      await installation.post();
      await installation.advance(1_000 / model.requestsPerSecond);
    }
  };
  await run(Math.min(WARM_UP_MINUTES, minutes));
  const before = installation.counts;
  await run(minutes);
  await installation.advance(MINUTE);
  return difference(installation.counts, before);
}
