/* A node as its entries tell it. Every entry says the node as it stands after it, so state is the last entry, and when the
 * node last came back. */
import { configOf, healthOf, isActive, type NodeStatus } from "./node";
import type { NodeData, NodeEvent } from "./node-event";
import { FLAP_RETURNS, type NodeFacts, type Sighting } from "./status";

export type NodeFact = { type: NodeEvent; data: NodeData };

export interface NodeState extends NodeFacts {
  node: string;
  /** Undefined before the first entry. */
  status: NodeStatus | undefined;
  since: number;
  degraded: boolean;
  bootId: string | undefined;
  /** Since when it is away, until it is back: maintenance in between changes nothing. */
  awaySince: number | undefined;
  /** When that was called a failure. */
  downSince: number | undefined;
  /** A run of its job has begun and not ended. */
  beganAt: number | undefined;
  connected: boolean;
  /** By an operator: what the node says of itself changes nothing any more. */
  configured: boolean;
  deleted: boolean;
  /** Of the last entry. */
  at: number;
}

export const fresh = (node: string): NodeState => ({
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
  downSince: undefined,
  beganAt: undefined,
  connected: false,
  returns: [],
  deleted: false,
  at: 0,
});

export const timeText = (at: number | undefined): string | null =>
  at === undefined ? null : new Date(at).toISOString();
const timeOf = (text: string | null): number | undefined => (text === null ? undefined : Date.parse(text));

const SEVERITIES: Partial<Record<NodeEvent, NodeData["severity"]>> = {
  suspect: "warning",
  resumed: "warning",
  down: "critical",
  flapping: "warning",
  degraded: "warning",
};

export function dataOf(event: NodeEvent, state: NodeState, sighting: Sighting): NodeData {
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
    down_since: timeText(state.downSince),
    began_at: timeText(state.beganAt),
    connected: sighting.connected,
    degraded,
  };
}

export function applyFact(state: NodeState, { type, data }: NodeFact, at: number): NodeState {
  if (type === "deleted") return { ...fresh(data.node), deleted: true, at };
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
    downSince: timeOf(data.down_since),
    beganAt: timeOf(data.began_at),
    connected: data.connected,
    returns: isReturn(type) ? [...state.returns, at].slice(-FLAP_RETURNS) : state.returns,
    deleted: false,
    at,
  };
}

const isReturn = (type: NodeEvent): boolean => type === "resumed" || type === "recovered";
