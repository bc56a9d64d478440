/* What a monitor sends downstream: what each entry says of its node. */
import * as z from "zod";
import type { Entry, Output } from "../ledger/reducer";
import { NodeData } from "./node-event";
import type { NodeFact } from "./state";

export const NODES_PURPOSE = "nodes";

export const NodePart = z.object({
  /** Who owns the node. */
  object: z.string(),
  epoch: z.string(),
  seq: z.number().int(),
  /** Epoch ms of the commit. */
  at: z.number().int(),
  data: NodeData,
});
export type NodePart = z.infer<typeof NodePart>;

/** Entries that are no event stay in the log: a deploy must not cost a row per node here. */
export const nodesOf = (object: string): Output<NodeFact> => ({
  purpose: NODES_PURPOSE,
  parts: ({ type, epoch, seq, at, data }: Entry<NodeFact>): NodePart[] =>
    type === "link" ? [] : [{ object, epoch, seq, at, data }],
});
