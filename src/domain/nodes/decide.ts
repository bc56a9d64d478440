/* What is said of a node when it is heard of, when an operator says something, and when time passes. Beats are not in the
 * log: what they say is seen (`Sighting`), and only what changes the status, the start of the node or its health is an
 * entry, or what we must know of it after our own restart. */
import { configOf, type NodeConfig, type NodeStatus } from "./node";
import type { NodeData, NodeEvent } from "./node-event";
import { applyFact, dataOf, type NodeFact, type NodeState } from "./state";
import { awaySince, type Sighting, statusAt } from "./status";

export interface Beat {
  type: "beat";
  /** As before when it does not say. */
  status?: "ok" | "degraded" | "stopping" | undefined;
  boot_id?: string | undefined;
  interval_s?: number | undefined;
  pool?: string | undefined;
  message?: string | undefined;
}

/** What a node says, or a script for it. */
export type Signal =
  | Beat
  | { type: "fail"; message?: string | undefined }
  /** A run of a job begins; the next beat or failure ends it. */
  | { type: "start"; message?: string | undefined }
  /** Kept, and changes nothing. */
  | { type: "log"; message?: string | undefined };

export type NodeCommand = Signal | { type: "configure"; config: NodeConfig } | { type: "delete" };

/** It was connected, and nobody heard a close: we were restarted. */
export const isLinkLost = (state: NodeState, { connected, closedAt }: Sighting): boolean =>
  state.connected && !connected && closedAt === undefined;

/** Facts in the making: each says the node as it is after it. */
class Decision {
  readonly facts: NodeFact[] = [];
  state: NodeState;
  /** As the last entry says it. */
  #told: NodeState;
  readonly #sighting: Sighting;
  readonly #now: number;

  constructor(state: NodeState, sighting: Sighting, now: number) {
    this.state = state;
    this.#told = state;
    this.#sighting = sighting;
    this.#now = now;
    if (isLinkLost(state, sighting)) this.say("link", { linkLostAt: now });
  }

  say(event: NodeEvent, change: Partial<NodeState> = {}, more: Partial<NodeData> = {}): void {
    const next = { ...this.state, ...change };
    if (next.status !== this.state.status) next.since = this.#now;
    const fact = { type: event, data: { ...dataOf(event, next, this.#sighting), ...more } };
    this.facts.push(fact);
    this.state = applyFact(this.state, fact, this.#now);
    this.#told = this.state;
  }

  /** Goes into the next entry. */
  note(change: Partial<NodeState>): void {
    this.state = { ...this.state, ...change };
  }

  /** Says what became of the status by now.
   * @param isHeard this is about a beat: it ends an absence also where the status says something else */
  settle(message?: string, isHeard = false): NodeFact[] {
    const more = withMessage(message);
    for (;;) {
      const status = statusAt(this.state, this.#sighting, this.#now);
      if (this.#isBack(status, isHeard)) this.#welcome(status, more);
      else if (status === this.state.status) break;
      else this.say(eventOf(this.state.status, status), { status, ...this.#absence(status) }, more);
    }
    if (this.#mustRemember()) this.say("link");
    return this.facts;
  }

  #isBack(status: NodeStatus, isHeard: boolean): boolean {
    if (this.state.awaySince === undefined || status === "suspect" || status === "down") return false;
    return isHeard || status === "up" || status === "flapping";
  }

  /** It came back. That it stops now, or that it was once too often, is said next. */
  #welcome(status: NodeStatus, more: Partial<NodeData>): void {
    const { awaySince = this.#now, downSince } = this.state;
    const back = {
      status: status === "maintenance" ? status : "up",
      awaySince: undefined,
      downSince: undefined,
    } as const;
    const downtime_s = secondsBetween(awaySince, this.#now);
    this.say(downSince === undefined ? "resumed" : "recovered", back, { ...more, downtime_s });
  }

  #absence(status: NodeStatus): Pick<NodeState, "awaySince" | "downSince"> {
    const { state } = this;
    const { downSince } = state;
    if (status === "maintenance") return { awaySince: state.awaySince, downSince };
    if (status !== "suspect" && status !== "down") return { awaySince: undefined, downSince: undefined };
    const since = state.awaySince ?? awaySince(state, this.#sighting, this.#now);
    return { awaySince: since, downSince: status === "down" ? (downSince ?? this.#now) : downSince };
  }

  /** What no beat repeats must outlive this object's memory, even when it changes no status. */
  #mustRemember(): boolean {
    const { bootId, stoppedAt, failedAt } = this.state;
    const told = this.#told;
    const isNewlyConnected = this.#sighting.connected && !told.connected;
    return isNewlyConnected || bootId !== told.bootId || stoppedAt !== told.stoppedAt || failedAt !== told.failedAt;
  }
}

/** What a change of status is called. */
function eventOf(from: NodeStatus | undefined, to: NodeStatus): NodeEvent {
  switch (to) {
    case "up":
      return from === "flapping" || from === "maintenance" ? "settled" : "started";
    case "new":
      return from === undefined ? "registered" : "settled";
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
  const { lastBeat: heardAt = now } = sighting;
  const decision = new Decision(state, sighting, now);
  introduce(decision, state, adoptedConfig(state, beat));
  if (state.beganAt !== undefined) {
    decision.say("finished", { beganAt: undefined }, { took_s: secondsBetween(state.beganAt, now) });
  }
  const bootId = beat.boot_id ?? state.bootId;
  const isRestart = state.bootId !== undefined && bootId !== state.bootId && state.status !== "stopped";
  if (isRestart) decision.say("restarted", { bootId });
  decision.note({
    bootId,
    stoppedAt: beat.status === "stopping" ? heardAt : laterThan(heardAt, state.stoppedAt),
    failedAt: laterThan(heardAt, state.failedAt),
    linkLostAt: laterThan(heardAt, state.linkLostAt),
  });
  const degraded =
    beat.status === undefined || beat.status === "stopping" ? state.degraded : beat.status === "degraded";
  if (degraded !== state.degraded) {
    decision.say(degraded ? "degraded" : "healthy", { degraded }, withMessage(beat.message));
  }
  return decision.settle(beat.message, true);
}

const laterThan = (heardAt: number, at: number | undefined) => (at !== undefined && at > heardAt ? at : undefined);
const secondsBetween = (from: number, to: number): number => Math.max(0, Math.round((to - from) / 100) / 10);
const withMessage = (message: string | undefined): { message?: string } => (message === undefined ? {} : { message });

/** One that nobody knew is registered; a config that changed is said. */
function introduce(decision: Decision, { status, config }: NodeState, changed: NodeConfig | undefined): void {
  if (status === undefined) {
    const first = changed ?? config;
    decision.say("registered", { status: "new", config: first }, { config: first });
  } else if (changed !== undefined) decision.say("configured", { config: changed }, { config: changed });
}

/** What a node that nobody has configured says of itself is believed. */
function adoptedConfig({ node, config, configured }: NodeState, { interval_s, pool }: Beat): NodeConfig | undefined {
  if (configured || (interval_s === undefined && pool === undefined)) return undefined;
  const wanted = configOf(node, { interval_s: interval_s ?? config.interval_s, pool: pool ?? config.pool });
  return isSame(wanted, config) ? undefined : wanted;
}

const isSame = (a: NodeConfig, b: NodeConfig): boolean => JSON.stringify(a) === JSON.stringify(b);

function decideFailure(state: NodeState, message: string | undefined, sighting: Sighting, now: number): NodeFact[] {
  const decision = new Decision(state, sighting, now);
  introduce(decision, state, undefined);
  decision.note({ failedAt: state.failedAt ?? now, beganAt: undefined });
  return decision.settle(message);
}

function decideNote(state: NodeState, signal: Signal, sighting: Sighting, now: number): NodeFact[] {
  const decision = new Decision(state, sighting, now);
  introduce(decision, state, undefined);
  const isStart = signal.type === "start";
  decision.say(isStart ? "began" : "logged", isStart ? { beganAt: now } : {}, withMessage(signal.message));
  return decision.settle();
}

function decideConfig(state: NodeState, config: NodeConfig, sighting: Sighting, now: number): NodeFact[] {
  const decision = new Decision(state, sighting, now);
  introduce(decision, state, state.configured && isSame(config, state.config) ? undefined : config);
  return decision.settle().map((fact) => ({ ...fact, data: { ...fact.data, by_operator: true } }));
}

/** What a command makes of a node. The sighting already has what the command brings. */
export function decideNode(state: NodeState, command: NodeCommand, sighting: Sighting, now: number): NodeFact[] {
  switch (command.type) {
    case "beat":
      return decideBeat(state, command, sighting, now);
    case "fail":
      return decideFailure(state, command.message, sighting, now);
    case "start":
    case "log":
      return decideNote(state, command, sighting, now);
    case "configure":
      return decideConfig(state, command.config, sighting, now);
    case "delete": {
      const decision = new Decision(state, sighting, now);
      if (state.status !== undefined) decision.say("deleted");
      return decision.facts;
    }
    default:
      return command satisfies never;
  }
}

/** What the clock alone makes of a node. An ephemeral one that stopped long ago is forgotten. */
export function tickNode(state: NodeState, sighting: Sighting, now: number): NodeFact[] {
  const decision = new Decision(state, sighting, now);
  if (now < (forgetAt(state) ?? Number.POSITIVE_INFINITY)) return decision.settle();
  decision.say("deleted");
  return decision.facts;
}

export const forgetAt = ({ config, status, since }: NodeState): number | undefined =>
  config.ephemeral && status === "stopped" ? since + config.forget_after_s * 1_000 : undefined;
