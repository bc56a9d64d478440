/* The ledger of a MetricIntake in an installation. */
import { type MetricCommand, type MetricFact, metricsOf } from "../../src/domain/telemetry/intake";
import { metricParts } from "../../src/domain/telemetry/part";
import type { MetricState } from "../../src/domain/telemetry/state";
import { Ledger } from "../../src/durable-objects/ledger/ledger";
import { Windows } from "../../src/durable-objects/metric-intake/windows";
import { registerObject } from "../../src/storage/queries/registry";
import type { Installation } from "./installation";

/** As in the class. */
const DELAY_MS = 1_000;
/** Twice as many as in wrangler.toml: a hash that is not even needs some more. */
const SERIES_LIMIT = 2_000;

export type MetricLedger = Ledger<MetricState, MetricCommand, MetricFact>;

export const metricLedger = (installation: Installation, name: string): MetricLedger =>
  installation.ledger(`MetricIntake/${name}`, ({ ctx, object, ...surroundings }) => {
    const windows = new Windows(ctx.storage.sql);
    return new Ledger<MetricState, MetricCommand, MetricFact>(ctx, {
      ...surroundings,
      object,
      reducer: metricsOf(SERIES_LIMIT, (group, day) => windows.readDay(group, day)),
      outputs: [metricParts(object)],
      project: (entry, state) => windows.project(entry, state),
      delayMs: DELAY_MS,
      deliver: async () => ({ have: {} }),
      introduce: () => registerObject(installation.d1.database, "MetricIntake", name, "e", installation.now),
    });
  });
