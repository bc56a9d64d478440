/* GET /usage: who sends how much, and whose labels exploded. */
import { Usage } from "../../../domain/telemetry/answers";
import { listObjects } from "../../../storage/queries/registry";
import { METRIC_INTAKE } from "../../intakes";
import { route } from "../../route";
import { askAll } from "../../timeline";

/** More objects than these are not asked in one answer. */
const MAX_OBJECTS = 500;

export const usage = route(
  {
    method: "GET",
    path: "/",
    summary: "Series and samples per source",
    detail: "With the labels that were written as `__overflow__`, since when, and how many samples it took.",
    answers: { 200: { description: "Per object of each source", schema: Usage } },
  },
  async (c) => {
    const objects = (await listObjects(c.env.DB, { class: METRIC_INTAKE, name: "" }, MAX_OBJECTS))
      .filter((object) => object.class === METRIC_INTAKE)
      .map(({ name }) => name);
    const answers = await askAll(c.env, objects, (intake) => intake.usage());
    const body: Usage = {
      sources: answers.flatMap(([object, answer]) => {
        if (!answer.ok) return [];
        const { overflows, ...counts } = answer.value;
        const named = overflows.map(({ since, ...rest }) => ({ ...rest, since: new Date(since).toISOString() }));
        return [{ source: object.slice(0, object.lastIndexOf("/")), object, ...counts, overflows: named }];
      }),
      unavailable: answers.flatMap(([object, answer]) => (answer.ok ? [] : [object])),
      as_of: new Date().toISOString(),
    };
    return c.json(body);
  },
);
