/* GET /usage: who sends how much, and whose labels exploded. */
import { Usage } from "../../../domain/telemetry/answers";
import { objectsOf } from "../../../storage/queries/registry";
import { askEach } from "../../ask-each";
import { callIntake, METRIC_INTAKE } from "../../intakes";
import { route } from "../../route";

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
    const objects = await objectsOf(c.env.DB, METRIC_INTAKE, MAX_OBJECTS);
    const { answers, unavailable } = await askEach(objects, (object) =>
      callIntake(c.env, object, (intake) => intake.usage()),
    );
    const body: Usage = {
      sources: answers.map(({ name: object, value: { overflows, ...counts } }) => {
        const named = overflows.map(({ since, ...rest }) => ({ ...rest, since: new Date(since).toISOString() }));
        return { source: object.slice(0, object.lastIndexOf("/")), object, ...counts, overflows: named };
      }),
      unavailable,
      as_of: new Date().toISOString(),
    };
    return c.json(body);
  },
);
