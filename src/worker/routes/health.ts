/* GET /healthz: ready to serve. The scheme check before it has read D1 at least once. */
import { version } from "../../../package.json";
import { Health } from "../../domain/audit";
import { canaryOf } from "../canary";
import { group, route } from "../route";

/** Two canaries were missed. */
const LATE_S = 150;

/** Below zero where the clock was set back since. */
const ageOf = (at: string | null, now: number): number | null =>
  at === null ? null : Math.round((now - Date.parse(at)) / 1_000);

const show = route(
  {
    method: "GET",
    path: "/",
    summary: "Ready",
    detail:
      "The canary is an alert that is sent the whole way every minute. `degraded`: one of its two ways has not brought it for " +
      "150 s, or brings none while the other does. Before the first one its ages are null.",
    answers: { 200: { description: "The Worker runs and D1 answers", schema: Health } },
    errors: ["unavailable", "scheme_mismatch"],
  },
  async (c) => {
    const now = Date.now();
    const canary = await canaryOf(c.env, now);
    const ages = { broadcast_age_s: ageOf(canary.broadcast_at, now), stored_age_s: ageOf(canary.stored_at, now) };
    const known = Object.values(ages).filter((age) => age !== null);
    const isLate = known.length === 1 || known.some((age) => Math.abs(age) > LATE_S);
    const status = isLate ? "degraded" : "ok";
    return c.json({ status, version, canary: { ...canary, ...ages } } satisfies Health);
  },
);

export const health = [group("Operations", "/healthz", "public", [show])];
