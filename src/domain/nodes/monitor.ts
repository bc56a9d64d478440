/* The reducer of a node: its flips. Beats are not in the log: what they say is seen (`Sightings`), and only what changes the
 * status, the start of the node or its health is an entry. Deadlines run from what was seen, so a beat that only moves one
 * later writes nothing here. Every entry says the node as it stands after it, so state is the last entry. */
import type { Entry, Reducer } from "../ledger/reducer";
import { configOf, healthOf, isActive, type NodeConfig, type NodeStatus } from "./node";
import type { NodeData, NodeEvent } from "./node-event";
import { FLAP_WINDOW_MS, type NodeFacts, nextChange, type Sighting, statusAt } from "./status";

/** What was last seen of each node; kept beside the log, by sockets and a table. */
export interface Sightings {
  of(node: string): Sighting;
}

export interface Beat {
  type: "beat";
  status: "ok" | "degraded" | "stopping";
  boot_id?: string;
  interval_s?: number;
  pool?: string;
  message?: string;
}

export type NodeCommand =
  | Beat
  /** It failed, as it says itself or as a script says for it. */
  | { type: "fail"; message?: string }
  | { type: "configure"; config: NodeConfig }
  /** A connection was made, or is gone without a close that anybody heard. */
  | { type: "link"; connected: boolean }
  | { type: "delete" };

export type NodeFact = { type: NodeEvent; data: NodeData };

export interface NodeState extends NodeFacts {
  node: string;
  /** Undefined before the first entry. */
  status: NodeStatus | undefined;
  since: number;
  degraded: boolean;
  bootId: string | undefined;
  /** Since when it is not active: where a downtime begins. */
  awaySince: number | undefined;
  connected: boolean;
  /** By an operator: what the node says of itself changes nothing any more. */
  configured: boolean;
  deleted: boolean;
}

const timeText = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());
const timeOf = (text: string | null): number | undefined => (text === null ? undefined : Date.parse(text));

const SEVERITIES: Partial<Record<NodeEvent, NodeData["severity"]>> = {
  suspect: "warning",
  resumed: "warning",
  down: "critical",
  flapping: "warning",
  degraded: "warning",
};

const isAway = (status: NodeStatus | undefined): boolean => status === "suspect" || status === "down";

/** Facts in the making: each says the node as it is after it. */
class Decision {
  readonly facts: NodeFact[] = [];
  state: NodeState;
  readonly #sighting: Sighting;
  readonly #now: number;

  constructor(state: NodeState, sighting: Sighting, now: number) {
    this.state = { ...state };
    this.#sighting = sighting;
    this.#now = now;
  }

  say(event: NodeEvent, change: Partial<NodeState>, more: Partial<NodeData> = {}): void {
    const before = this.state;
    this.state = { ...before, ...change };
    if (this.state.status !== before.status) this.state.since = this.#now;
    this.facts.push({ type: event, data: { ...dataOf(event, this.state, this.#sighting), ...more } });
  }

  /** Says what became of the status by now. */
  settle(message?: string): NodeFact[] {
    const { state } = this;
    const status = statusAt(state, this.#sighting, this.#now);
    if (status === state.status) return this.facts;
    const from = state.status;
    const away = state.awaySince ?? this.#now;
    const awaySince = isAway(status) ? (state.awaySince ?? this.#sighting.lastBeat ?? this.#now) : undefined;
    const isBack = isAway(from) && !isAway(status) && isActive(status);
    const downtime = isBack ? { downtime_s: Math.max(0, Math.round((this.#now - away) / 100) / 10) } : {};
    this.say(eventOf(from, status), { status, awaySince }, { ...downtime, ...(message ? { message } : {}) });
    return this.facts;
  }
}

function dataOf(event: NodeEvent, state: NodeState, sighting: Sighting): NodeData {
  const { node, config, status = "new", since, degraded, bootId } = state;
  return {
    event,
    node,
    name: config.name,
    pool: config.pool,
    status,
    active: isActive(status),
    health: healthOf(status, degraded),
    severity: SEVERITIES[event] ?? "info",
    since: new Date(since).toISOString(),
    last_seen: timeText(sighting.lastBeat),
    boot_id: bootId ?? null,
    stopped_at: timeText(state.stoppedAt),
    failed_at: timeText(state.failedAt),
    link_lost_at: timeText(state.linkLostAt),
    away_since: timeText(state.awaySince),
    connected: state.connected,
    degraded,
  };
}

/** What a change of status is called. */
function eventOf(from: NodeStatus | undefined, to: NodeStatus): NodeEvent {
  switch (to) {
    case "up":
      if (from === "down") return "recovered";
      if (from === "suspect") return "resumed";
      return from === "flapping" || from === "maintenance" ? "settled" : "started";
    case "new":
      return "registered";
    case "stopped":
    case "suspect":
    case "down":
    case "maintenance":
    case "flapping":
      return to;
    default:
      return to satisfies never;
  }
}

function decideBeat(state: NodeState, beat: Beat, sighting: Sighting, now: number): NodeFact[] {
  const decision = new Decision(state, sighting, now);
  const adopted = adoptedConfig(state, beat);
  const config = adopted === undefined ? {} : { config: adopted };
  if (state.status === undefined) decision.say("registered", { status: "new", ...config }, config);
  else if (adopted !== undefined) decision.say("configured", config, config);
  const bootId = beat.boot_id ?? state.bootId;
  if (state.bootId !== undefined && bootId !== state.bootId) decision.say("restarted", { bootId });
  decision.state.bootId = bootId;
  // Whatever it was that we lost or it reported, it is heard again.
  Object.assign(decision.state, { linkLostAt: undefined, failedAt: undefined });
  decision.state.stoppedAt = beat.status === "stopping" ? now : undefined;
  const degraded = beat.status === "degraded";
  if (degraded !== state.degraded && beat.status !== "stopping") {
    decision.say(degraded ? "degraded" : "healthy", { degraded }, beat.message ? { message: beat.message } : {});
  }
  decision.settle(beat.message);
  // What only the facts behind the status say is an entry as well: it must outlive this object's memory.
  const isSaid = decision.facts.length > 0;
  if (!isSaid && (state.linkLostAt !== undefined || state.bootId !== bootId)) decision.say("link", {});
  return decision.facts;
}

/** What a node that nobody has configured says of itself is believed. */
function adoptedConfig({ node, config, configured }: NodeState, { interval_s, pool }: Beat): NodeConfig | undefined {
  if (configured || (interval_s === undefined && pool === undefined)) return undefined;
  const wanted = configOf(node, { interval_s: interval_s ?? config.interval_s, pool: pool ?? config.pool });
  return JSON.stringify(wanted) === JSON.stringify(config) ? undefined : wanted;
}

function decideConfig(state: NodeState, config: NodeConfig, sighting: Sighting, now: number): NodeFact[] {
  const decision = new Decision({ ...state, configured: true }, sighting, now);
  if (state.status === undefined) decision.say("registered", { status: "new", config }, { config });
  else if (JSON.stringify(config) !== JSON.stringify(state.config) || !state.configured) {
    decision.say("configured", { config }, { config });
  }
  return decision.settle();
}

function decideLink(state: NodeState, connected: boolean, sighting: Sighting, now: number): NodeFact[] {
  if (state.status === undefined || (connected === state.connected && state.linkLostAt === undefined)) return [];
  const decision = new Decision(state, sighting, now);
  decision.say("link", { connected, linkLostAt: connected ? undefined : now });
  return decision.settle();
}

/** The flips that count for flapping: away, and back. */
function flipsAfter(state: NodeState, status: NodeStatus, at: number): number[] {
  if (isAway(state.status) === isAway(status) || state.status === undefined) return state.flips;
  return [...state.flips.filter((flip) => flip > at - FLAP_WINDOW_MS), at];
}

function apply(state: NodeState, { type, data, at }: Entry<NodeFact>): NodeState {
  return {
    node: data.node,
    config: data.config ?? state.config,
    configured: state.configured || data.by_operator === true,
    status: data.status,
    since: Date.parse(data.since),
    degraded: data.degraded,
    bootId: data.boot_id ?? undefined,
    stoppedAt: timeOf(data.stopped_at),
    failedAt: timeOf(data.failed_at),
    linkLostAt: timeOf(data.link_lost_at),
    awaySince: timeOf(data.away_since),
    connected: data.connected,
    flips: flipsAfter(state, data.status, at),
    deleted: type === "deleted",
  };
}

const fresh = (node: string): NodeState => ({
  node,
  config: configOf(node, {}),
  configured: false,
  status: undefined,
  since: 0,
  degraded: false,
  bootId: undefined,
  stoppedAt: undefined,
  failedAt: undefined,
  linkLostAt: undefined,
  awaySince: undefined,
  connected: false,
  flips: [],
  deleted: false,
});

/** What a command makes of a node. The sighting already has what the command brings. */
export function decideNode(state: NodeState, command: NodeCommand, sighting: Sighting, now: number): NodeFact[] {
  switch (command.type) {
    case "beat":
      return decideBeat(state, command, sighting, now);
    case "fail": {
      const decision = new Decision(state, sighting, now);
      if (state.status === undefined) decision.say("registered", { status: "new" });
      decision.state.failedAt = now;
      return decision.settle(command.message);
    }
    case "configure":
      return decideConfig(state, command.config, sighting, now).map(byOperator);
    case "link":
      return decideLink(state, command.connected, sighting, now);
    case "delete": {
      if (state.status === undefined) return [];
      const decision = new Decision(state, sighting, now);
      decision.say("deleted", {});
      return decision.facts;
    }
    default:
      return command satisfies never;
  }
}

const byOperator = (fact: NodeFact): NodeFact => ({ ...fact, data: { ...fact.data, by_operator: true } });

/** What the clock alone makes of a node. An ephemeral one that stopped long ago is forgotten. */
export function tickNode(state: NodeState, sighting: Sighting, now: number): NodeFact[] {
  const decision = new Decision(state, sighting, now);
  const forgetAt = forgetTime(state);
  if (forgetAt !== undefined && forgetAt <= now) decision.say("deleted", {});
  else decision.settle();
  return decision.facts;
}

const forgetTime = ({ config, status, since }: NodeState): number | undefined =>
  config.ephemeral && status === "stopped" ? since + config.forget_after_s * 1_000 : undefined;

/** @param stepMs deadlines that only bring a look at a node are put together on this grid: one alarm for many nodes */
export function monitorOf(
  sightings: Sightings,
  now: () => number,
  stepMs = 1,
): Reducer<NodeState, NodeCommand, NodeFact> {
  return {
    version: 1,
    topic: "nodes",
    empty: fresh,
    decide: (state, command, at) => decideNode(state, command, sightings.of(state.node), at),
    tick: (state, at) => tickNode(state, sightings.of(state.node), at),
    deadline(state) {
      const change = nextChange(state, sightings.of(state.node), now());
      const next = Math.min(change ?? Number.POSITIVE_INFINITY, forgetTime(state) ?? Number.POSITIVE_INFINITY);
      if (!Number.isFinite(next)) return undefined;
      return state.status === "up" ? Math.ceil(next / stepMs) * stepMs : next;
    },
    apply,
    snapshot: ({ node, status, since, config }) => ({ node, status, since: timeText(since), pool: config.pool }),
    isGone: (state) => state.deleted,
    save: (state) => state,
    load: (saved) => ({ ...fresh((saved as NodeState).node), ...(saved as NodeState) }),
  };
}
