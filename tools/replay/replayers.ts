/* What can be replayed. A new domain is a line here. This is bundled before it runs: it takes the product's own code. */
import { AlertReplayer } from "./alerts";
import { MetricReplayer } from "./metrics";
import { NodeReplayer } from "./nodes";
import { PriceReplayer } from "./prices";
import type { Replayer, ReplaySpan } from "./replayer";
import { RequestReplayer } from "./requests";

export const REPLAYERS: Record<string, (span: ReplaySpan) => Replayer> = {
  prices: (span) => new PriceReplayer(span),
  alerts: (span) => new AlertReplayer(span),
  nodes: (span) => new NodeReplayer(span),
  metrics: (span) => new MetricReplayer(span),
  requests: (span) => new RequestReplayer(span),
};
