/* GET /nodes/{id}/session: an agent's socket. Its beats are answered by the runtime and wake nobody. */
import type { Scope } from "../../../domain/access/scope";
import { AppError } from "../../../domain/error";
import { REGISTERED_HEADER, SESSION_HEADER, sessionHeader } from "../../../durable-objects/node-monitor/session";
import { settings } from "../../context";
import { requireNodes } from "../../middleware/scope";
import { monitorName } from "../../monitors";
import { mayRegister, noteRegistered, tooManyNodes } from "../../new-nodes";
import { problemResponse } from "../../on-error";
import { route } from "../../route";
import { NodeParam } from "./param";

/** Of the patterns that go with the socket, which has room for 16 KB. */
const NAMES_MAX_CHARS = 6_000;

export const session = route(
  {
    method: "GET",
    path: "/:id/session",
    summary: "An agent's session",
    detail:
      'A WebSocket: say hello, then beat with exactly `{"type":"beat"}`, which is answered `{"type":"ok"}` at no cost.',
    params: NodeParam,
    answers: { 101: { description: "A WebSocket" } },
    errors: ["upgrade_required", "too_many_requests", "unavailable"],
  },
  async (c, { params: { id } }) => {
    requireNodes(c, [id]);
    if (c.req.header("Upgrade")?.toLowerCase() !== "websocket") {
      const refusal = problemResponse(new AppError("upgrade_required", "Open it as a WebSocket."), c);
      refusal.headers.set("upgrade", "websocket");
      return refusal;
    }
    // The monitor believes what this header says, so nothing of the client's request is passed on.
    const { id: source, scope } = c.get("principal");
    const now = Date.now();
    const create = mayRegister(c.env, source, settings(c).NEW_NODES_PER_HOUR, now);
    const headers = {
      Upgrade: "websocket",
      [SESSION_HEADER]: sessionHeader({ node: id, source, names: namesIn(scope), create }),
    };
    const monitor = c.env.NODE_MONITOR.getByName(monitorName(c.env, id));
    const response = await monitor.fetch("https://monitor/", { headers });
    if (response.status === 429) throw tooManyNodes();
    if (response.headers.has(REGISTERED_HEADER)) noteRegistered(c.env, source, 1, now);
    if (response.status === 101) return response;
    throw new AppError("unavailable", "The monitor did not open a session. Try again.");
  },
);

function namesIn(scope: Scope | null): string[] | undefined {
  const names = scope?.names;
  if ((names ?? []).join("").length <= NAMES_MAX_CHARS) return names;
  throw new AppError(
    "forbidden",
    "The scope of this key names too much for a session: its samples may come over HTTP.",
  );
}
