/* What a node measures goes on to the object that rolls it up. Nothing of it is kept here. */
import type { AppendAnswer } from "../../domain/ledger/append";
import { appendOf, intakeOfNode, type Measure } from "../../domain/nodes/metrics";
import { settingsOf } from "../../domain/settings";
import type { MetricIntake } from "../metric-intake";

/** Throws where the object cannot be reached; sending the same again is safe. */
export function takeMetrics(env: Env, node: string, pool: string, measures: Measure[]): Promise<AppendAnswer> {
  const object = intakeOfNode(node, pool, settingsOf(env).INTAKE_PARTITIONS);
  // The platform's own type of a stub turns tuples into arrays.
  const intake = env.METRIC_INTAKE.getByName(object) as unknown as Pick<MetricIntake, "append">;
  return intake.append(appendOf(object, node, measures));
}
