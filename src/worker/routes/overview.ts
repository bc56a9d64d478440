/* GET /overview: a few figures for the page, from D1 alone. */
import { version } from "../../../package.json";
import { Overview } from "../../domain/audit";
import { countAll } from "../../storage/queries/registry";
import { group, route } from "../route";

const show = route(
  {
    method: "GET",
    path: "/",
    summary: "What there is, in a few figures",
    answers: { 200: { description: "Counts from the registry", schema: Overview } },
  },
  async (c) => {
    const counts = await countAll(c.env.DB);
    const rolled = counts.last_rollup_at;
    return c.json({
      version,
      as_of: new Date().toISOString(),
      ...counts,
      last_rollup_at: rolled === null ? null : new Date(rolled).toISOString(),
    } satisfies Overview);
  },
);

export const overview = [group("Operations", "/api/v1/overview", "overview:read", [show])];
