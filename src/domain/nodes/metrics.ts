/* What a node measures, as samples: a message is one event, its names series that share the node as label. */
import * as z from "zod";
import type { AppendRequest } from "../ledger/append";
import { fingerprint } from "../ledger/fingerprint";
import type { MetricCommand } from "../telemetry/intake";
import { intakeOf, poolSource } from "../telemetry/owner";
import { groupOf, type Labels, labelsKey } from "../telemetry/sample";
import { Metrics } from "./session";

/** Measurements of one moment, as posted. */
export const PostedMeasure = z.strictObject({
  id: Metrics.shape.id.optional(),
  timestamp: Metrics.shape.timestamp,
  metrics: Metrics.shape.metrics,
});
export type PostedMeasure = z.infer<typeof PostedMeasure>;

export type Measure = Omit<Metrics, "type">;

export const nodeLabels = (node: string): Labels => ({ node });

/** The object that has a node's series while it is in a pool. */
export const intakeOfNode = (node: string, pool: string, partitions: number): string =>
  intakeOf(poolSource(pool), groupOf("", labelsKey(nodeLabels(node))), partitions);

/** What the object of that name is asked to append. The same id again has no effect. */
export function appendOf(object: string, node: string, measures: readonly Measure[]): AppendRequest<MetricCommand> {
  const labels = nodeLabels(node);
  const events = measures.map(({ id, timestamp, metrics }) => ({
    ...{ stream: object, source: `node/${node}`, id },
    hash: fingerprint(JSON.stringify([timestamp, metrics])).toString(36),
    body: {
      type: "samples" as const,
      samples: Object.entries(metrics).map(([name, value]) => ({ name, labels, value, timestamp })),
    },
  }));
  return { key: `node/${node}/${measures.map(({ id }) => id).join(",")}`, hash: "", events };
}
