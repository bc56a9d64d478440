/* GET /nodes: all of them, from D1. */
import * as z from "zod";
import { NodeConfig, NodeId, NodeStatus, Pool } from "../../../domain/nodes/node";
import { type ListedNode, NodeList } from "../../../domain/nodes/posting";
import { listNodes, type StoredNode } from "../../../storage/queries/nodes";
import { pageOf } from "../../page";
import { cursorNamed, limit, route } from "../../route";

const Flag = z.enum(["true", "false"]).transform((text) => text === "true");

const Query = z.object({
  status: NodeStatus.optional(),
  health: z.enum(["ok", "warning", "critical"]).optional(),
  active: Flag.optional(),
  pool: Pool.optional(),
  q: z.string().min(1).max(64).optional().describe("Part of the id or the name"),
  limit: limit(100, 1_000),
  cursor: cursorNamed(NodeId),
});

export const list = route(
  {
    method: "GET",
    path: "/",
    summary: "Nodes by id",
    detail: "As their last events say; a flip is here within about two seconds. Topic `nodes` has it at once.",
    query: Query,
    answers: { 200: { description: "A page of nodes", schema: NodeList } },
    errors: ["invalid_request"],
  },
  async (c, { query }) => {
    const { status, health, active, pool, q } = query;
    const ids = c.get("principal").scope?.nodes;
    const wanted = { status, health, active, pool, q, ids, after: query.cursor ?? "", limit: query.limit + 1 };
    const rows = await listNodes(c.env.DB, wanted);
    const { page, next_cursor } = pageOf(rows, query.limit, ({ node }) => node);
    return c.json({
      nodes: page.map(listed),
      next_cursor,
      as_of: new Date().toISOString(),
    } satisfies NodeList);
  },
);

function listed(row: StoredNode): ListedNode {
  const { active, since, last_seen, registered_at, config, object: _, epoch: __, seq: ___, ...rest } = row;
  return {
    ...rest,
    status: row.status as ListedNode["status"],
    health: row.health as ListedNode["health"],
    active: active === 1,
    since: new Date(since).toISOString(),
    last_seen: last_seen === null ? null : new Date(last_seen).toISOString(),
    registered_at: new Date(registered_at).toISOString(),
    config: NodeConfig.parse(JSON.parse(config)),
  };
}
