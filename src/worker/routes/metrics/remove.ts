/* DELETE /metrics/{name}: a metric and all its series are forgotten. */
import * as z from "zod";
import { AppError } from "../../../domain/error";
import { MetricName } from "../../../domain/telemetry/sample";
import { askEach } from "../../ask-each";
import { callIntake, forgetName } from "../../intakes";
import { requireNames } from "../../middleware/scope";
import { route } from "../../route";
import { objectsOf } from "../../timeline";

export const remove = route(
  {
    method: "DELETE",
    path: "/:name",
    summary: "Forget a metric",
    detail: "All its series, minutes, hours and days. A sample that comes later begins a new one.",
    params: z.object({ name: MetricName }),
    answers: { 204: { description: "It is gone" } },
    errors: ["not_found", "unavailable"],
  },
  async (c, { params: { name } }) => {
    requireNames(c, [name]);
    const objects = await objectsOf(c.env, { name, labels: {} }, Date.now());
    if (objects.length === 0) throw new AppError("not_found", `There is no metric ${name}.`);
    const source = c.get("principal").id;
    const { answers } = await askEach(objects, (object) =>
      callIntake(c.env, object, (intake) => intake.remove(name, source)),
    );
    forgetName(c.env, name);
    const left = objects.length - answers.filter(({ value }) => value.ok).length;
    if (left > 0) {
      throw new AppError("unavailable", `Not deleted yet in ${left} of ${objects.length} objects. Try again.`);
    }
    return c.body(null, 204);
  },
);
