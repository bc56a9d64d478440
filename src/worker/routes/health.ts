/* GET /healthz: ready to serve. The scheme check before it has read D1 at least once. */
import { version } from "../../../package.json";
import { Health } from "../../domain/audit";
import { group, route } from "../route";

const show = route(
  {
    method: "GET",
    path: "/",
    summary: "Ready",
    answers: { 200: { description: "The Worker runs and D1 answers", schema: Health } },
    errors: ["unavailable", "scheme_mismatch"],
  },
  async (c) => {
    await c.env.DB.prepare("SELECT 1").first();
    return c.json({ status: "ok", version } satisfies Health);
  },
);

export const health = [group("Operations", "/healthz", "public", [show])];
