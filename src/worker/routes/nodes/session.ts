/* GET /nodes/{id}/session: an agent's socket. Its beats are answered by the runtime and wake nobody. */
import { AppError } from "../../../domain/error";
import { SESSION_HEADER, sessionHeader } from "../../../durable-objects/node-monitor/session";
import { requireNodes } from "../../middleware/scope";
import { monitorName } from "../../monitors";
import { problemResponse } from "../../on-error";
import { route } from "../../route";
import { NodeParam } from "./param";

export const session = route(
  {
    method: "GET",
    path: "/:id/session",
    summary: "An agent's session",
    detail:
      'A WebSocket: say hello, then beat with exactly `{"type":"beat"}`, which is answered `{"type":"ok"}` at no cost.',
    params: NodeParam,
    answers: { 101: { description: "A WebSocket" } },
    errors: ["upgrade_required", "unavailable"],
  },
  async (c, { params: { id } }) => {
    requireNodes(c, [id]);
    if (c.req.header("Upgrade")?.toLowerCase() !== "websocket") {
      const refusal = problemResponse(new AppError("upgrade_required", "Open it as a WebSocket."), c);
      refusal.headers.set("upgrade", "websocket");
      return refusal;
    }
    // The monitor believes what this header says, so nothing of the client's request is passed on.
    const headers = {
      Upgrade: "websocket",
      [SESSION_HEADER]: sessionHeader({ node: id, source: c.get("principal").id }),
    };
    const monitor = c.env.NODE_MONITOR.getByName(monitorName(c.env, id));
    const response = await monitor.fetch("https://monitor/", { headers });
    if (response.status === 101) return response;
    throw new AppError("unavailable", "The monitor did not open a session. Try again.");
  },
);
