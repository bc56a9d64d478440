/* The reducer of a node: its flips. Deadlines run from what was seen, so a beat that only moves one later writes nothing
 * here and nothing is armed anew: the clock looks when the old deadline comes, and is asked again. */
import { earliest } from "../deadline";
import type { Reducer } from "../ledger/reducer";
import { decideNode, forgetAt, isLinkLost, type NodeCommand, tickNode } from "./decide";
import { NODES_TOPIC } from "./node";
import { applyFact, dataOf, fresh, type NodeFact, type NodeState } from "./state";
import { nextChange, type Sighting } from "./status";

/** What was last seen of each node; kept beside the log, by sockets and a table. */
export interface Sightings {
  of(node: string): Sighting;
}

/** @param isShared whether many nodes share an alarm: then they are looked at together, on a grid */
export function monitorOf(sightings: Sightings, isShared: boolean): Reducer<NodeState, NodeCommand, NodeFact> {
  return {
    version: 1,
    topic: NODES_TOPIC,
    empty: fresh,
    decide: (state, command, now) => decideNode(state, command, sightings.of(state.node), now),
    tick: (state, now) => tickNode(state, sightings.of(state.node), now),
    deadline: (state, after) => deadlineOf(state, sightings.of(state.node), Math.max(after, state.at), isShared),
    apply: (state, { type, data, at }) => applyFact(state, { type, data }, at),
    snapshot: (state) => dataOf("link", state, sightings.of(state.node)),
    isGone: (state) => state.deleted,
    save: (state) => (state.deleted ? { node: state.node, deleted: true } : state),
    load: (saved) => ({ ...fresh((saved as NodeState).node), ...(saved as NodeState) }),
  };
}

function deadlineOf(state: NodeState, sighting: Sighting, after: number, isShared: boolean): number | undefined {
  if (state.status === undefined) return undefined;
  if (isLinkLost(state, sighting)) return after;
  return earliest([nextChange(state, sighting, state.status, after, isShared), forgetAt(state)]);
}
