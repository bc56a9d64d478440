/* Making a node: what is expected of it is said, unless it is known already, and a key is made that may only beat it. */
import type { NodeDetail } from "../../../src/domain/nodes/posting";
import { type Answer, call, segment } from "../api/client";
import type { Problem } from "../api/problem";
import { expectedOf, type Way } from "./commands";

export interface Wish {
  id: string;
  pool: string;
  way: Way;
  /** Only admins make keys. */
  withKey: boolean;
}

export interface Made {
  wish: Wish;
  node: NodeDetail;
  /** It was there before: what is expected of it stays. */
  isKnown: boolean;
  key: string | undefined;
}

const NOT_FOUND = 404;

export async function makeNode(wish: Wish): Promise<{ made: Made } | { problem: Problem }> {
  const path = `/nodes/${segment(wish.id)}`;
  const known = await call<NodeDetail>(path);
  if (!known.ok && known.problem.status !== NOT_FOUND) return { problem: known.problem };
  const node: Answer<NodeDetail> = known.ok
    ? known
    : await call<NodeDetail>(path, { method: "PUT", body: expectedOf(wish.way, wish.pool) });
  if (!node.ok) return { problem: node.problem };
  const made = { wish, node: node.value, isKnown: known.ok, key: undefined };
  if (!wish.withKey) return { made };
  const body = { role: "source", name: `node ${wish.id}`, scope: { nodes: [wish.id] } };
  const created = await call<{ key?: string }>("/keys", { method: "POST", body });
  return created.ok ? { made: { ...made, key: created.value.key } } : { problem: created.problem };
}
