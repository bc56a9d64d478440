/* What nodes cost that beat over sessions: what goes on while all is well, which is alarms; and an outage, which is entries.
 * Beats over a session are answered by the runtime and are no operation at all: they only move what the alarms see. */

import { topicChild } from "../../src/domain/live/children";
import type { NodeCommand } from "../../src/domain/nodes/decide";
import { appendOf, intakeOfNode } from "../../src/domain/nodes/metrics";
import { monitorOf } from "../../src/domain/nodes/monitor";
import { NODES_TOPIC } from "../../src/domain/nodes/node";
import { nodesOf } from "../../src/domain/nodes/part";
import type { NodeFact, NodeState } from "../../src/domain/nodes/state";
import type { Sighting } from "../../src/domain/nodes/status";
import { isPartition, partitionOf } from "../../src/domain/partition";
import { Ledger } from "../../src/durable-objects/ledger/ledger";
import { registerObject } from "../../src/storage/queries/registry";
import { type Counts, difference } from "../cost.ts";
import { follow, REPAIR_MS, topicOf } from "./broadcast";
import { Installation } from "./installation";
import { metricLedger } from "./metric-ledger";

const START = Date.parse("2026-11-21T10:00:17.250Z");
const MINUTE = 60_000;
/** As in the class. */
const DELAY_MS = 1_000;
/** The default of a node that nobody has configured. */
const INTERVAL_MS = 10_000;
/** Beats do not arrive to the millisecond: up to so much later, each its own. */
const JITTER_MS = 100;
/** What happens once per node is over by then. */
const WARM_UP_MINUTES = 5;

export interface NodeModel {
  what: string;
  nodes: number;
  /** As NODE_PARTITIONS. */
  partitions?: number;
}

export const NODE_MODELS: NodeModel[] = [
  { what: "`NODE_PARTITIONS=3`", nodes: 1_000, partitions: 3 },
  { what: "one object per node", nodes: 100 },
];

/** Beats every ten seconds, each node at its own moment. */
class Beats {
  /** Nodes that are silent, since when. */
  readonly silent = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  of(node: string): Sighting {
    const now = Math.min(this.#now(), this.silent.get(node) ?? Number.POSITIVE_INFINITY);
    return { lastBeat: this.#lastBefore(node, now), connected: true, closedAt: undefined };
  }

  #lastBefore(node: string, now: number): number {
    const phase = spread(node) * INTERVAL_MS;
    const arrives = (i: number) => i * INTERVAL_MS + phase + spread(`${node}/${i}`) * JITTER_MS;
    const latest = Math.floor((now - phase) / INTERVAL_MS);
    return Math.floor(arrives(latest) <= now ? arrives(latest) : arrives(latest - 1));
  }
}

/** Between 0 and 1, always the same for a text (FNV-1a, mixed). */
function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

type Monitor = Ledger<NodeState, NodeCommand, NodeFact>;

class Fleet extends Installation {
  readonly beats = new Beats(() => this.now);
  readonly #model: NodeModel;

  constructor(model: NodeModel) {
    super(START);
    this.#model = model;
  }

  get nodes(): string[] {
    return Array.from({ length: this.#model.nodes }, (_, i) => `node-${i}`);
  }

  /** What a session says when it opens, or when one comes back. */
  async say(node: string): Promise<void> {
    this.counted.requests++;
    this.counted.object_calls++;
    const events = [{ stream: node, source: "bench", body: { type: "beat" } as const }];
    const answer = await this.#monitor(node).append({ key: crypto.randomUUID(), hash: "", events });
    if (!answer.ok) throw new Error(`An append was refused: ${answer.detail}`);
  }

  /** Events that D1 has. */
  events(event: string): number {
    const sql = `SELECT count(*) AS n FROM node_events WHERE event = '${event}'`;
    return this.d1.rows<{ n: number }>(sql)[0]?.n ?? 0;
  }

  #monitor(node: string): Monitor {
    const name = partitionOf(node, this.#model.partitions);
    const topic = topicOf(this, NODES_TOPIC, async () => ({ have: {} }));
    return this.ledger(
      `NodeMonitor/${name}`,
      ({ ctx, ...surroundings }) =>
        new Ledger<NodeState, NodeCommand, NodeFact>(ctx, {
          ...surroundings,
          reducer: monitorOf(this.beats, isPartition(name)),
          outputs: [nodesOf(`NodeMonitor/${name}`)],
          delayMs: DELAY_MS,
          repairMs: REPAIR_MS,
          followers: [topicChild(NODES_TOPIC)],
          deliver: (_, deliveries) => follow(this, { ledger: topic, name: NODES_TOPIC }, deliveries),
          introduce: (births) =>
            registerObject(this.d1.database, "NodeMonitor", name, births[0]?.epoch ?? "", surroundings.now()),
        }),
    );
  }
}

async function begun(model: NodeModel): Promise<Fleet> {
  const fleet = new Fleet(model);
  for (const node of fleet.nodes) await fleet.say(node);
  await fleet.advance(WARM_UP_MINUTES * MINUTE);
  return fleet;
}

/** Everybody beats, nothing happens. An event is a minute of a node. Throws when a node was not called up. */
export async function countHealthy(model: NodeModel, minutes: number): Promise<Counts> {
  const fleet = await begun(model);
  const before = fleet.counts;
  await fleet.advance(minutes * MINUTE);
  if (fleet.events("started") !== model.nodes || fleet.events("suspect") > 0) {
    throw new Error(`${fleet.events("started")} of ${model.nodes} started, ${fleet.events("suspect")} were missed.`);
  }
  return { ...difference(fleet.counts, before), events: model.nodes * minutes };
}

/** Some nodes, one after the other, are silent for two minutes and come back, less what goes on anyway. An event is an
 * outage: suspect, down, recovered. */
export async function countOutages(model: NodeModel, outages: number): Promise<Counts> {
  const fleet = await begun(model);
  const before = fleet.counts;
  const away = fleet.nodes.slice(0, outages);
  for (const node of away) {
    fleet.beats.silent.set(node, fleet.now);
    await fleet.advance(2 * MINUTE);
    fleet.beats.silent.delete(node);
    await fleet.say(node);
    await fleet.advance(MINUTE);
  }
  if (fleet.events("recovered") !== outages) throw new Error(`${fleet.events("recovered")} of ${outages} recovered.`);
  const healthy = await countHealthy(model, 3 * outages);
  return { ...difference(difference(fleet.counts, before), healthy), events: outages };
}

/* === What they measure ================================================================================================ */

const FIGURES = 30;
/** As in wrangler.toml. */
const INTAKE_PARTITIONS = 10;
/** Incoming messages of a socket that are billed as one request. */
const MESSAGES_A_REQUEST = 20;
/** Two blocks of ten minutes are over by then. */
const MEASURED_WARM_UP_MINUTES = 21;

/** Each node measures thirty figures a minute, at its own moment. An event is a minute of a node: a message over its session,
 * which wakes its monitor, and a call of the object that rolls up. The days that leave for D1 are not in it. */
export async function countMeasuring(nodes: number, minutes: number): Promise<Counts> {
  const fleet = new Installation(START);
  const messages = Array.from({ length: nodes }, (_, i) => ({ node: `node-${i}`, at: spread(`node-${i}`) * MINUTE }));
  messages.sort((a, b) => a.at - b.at);
  const measure = async (minute: number) => {
    for (const { node, at } of messages) {
      await fleet.advance(Math.max(0, START + minute * MINUTE + Math.floor(at) - fleet.now));
      const name = intakeOfNode(node, "web", INTAKE_PARTITIONS);
      const metrics = Object.fromEntries(
        Array.from({ length: FIGURES }, (_, i) => [`figure.${i}`, (minute * 7 + i) % 97]),
      );
      fleet.counted.object_calls += 1 + 1 / MESSAGES_A_REQUEST;
      const request = appendOf(name, node, [{ id: `${minute}`, timestamp: fleet.now, metrics }]);
      const answer = await metricLedger(fleet, name).append(request);
      if (!answer.ok) throw new Error(`An append was refused: ${answer.detail}`);
    }
  };
  for (let minute = 0; minute < MEASURED_WARM_UP_MINUTES; minute++) await measure(minute);
  const before = fleet.counts;
  for (let minute = 0; minute < minutes; minute++) await measure(MEASURED_WARM_UP_MINUTES + minute);
  return { ...difference(fleet.counts, before), events: nodes * minutes };
}
