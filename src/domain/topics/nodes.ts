/* Topic `nodes`: every node as its last frame says. */
import type { Entry } from "../ledger/reducer";
import { WallNode } from "../nodes/answers";
import { NodeData } from "../nodes/node-event";
import type { Current } from "./topic";

type Wall = Map<string, WallNode>;

function apply(wall: Wall, { type, data }: Entry): Wall {
  const known = WallNode.safeParse(data);
  if (!known.success) return wall;
  if (type === "deleted") wall.delete(known.data.node);
  else wall.set(known.data.node, known.data);
  return wall;
}

export const nodes: Current<Wall> = {
  version: 1,
  contiguous: true,
  empty: () => new Map(),
  apply,
  /** A monitor that no longer has its older frames tells the node as it stands. */
  resync(_wall, source) {
    const data = NodeData.safeParse(source);
    return data.success ? [{ type: data.data.event, data: data.data }] : [];
  },
  find: (wall, node) => wall.get(node),
  snapshot: (wall) => ({ nodes: [...wall.values()] }),
  save: (wall) => [...wall.values()],
  load: (saved) => new Map((saved as WallNode[]).map((node) => [node.node, node])),
};
