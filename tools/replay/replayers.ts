/* What can be replayed. A new domain is a line here. This is bundled before it runs: it takes the product's own code. */
import { AlertReplayer } from "./alerts";
import { NodeReplayer } from "./nodes";
import { PriceReplayer } from "./prices";
import type { Replayer, ReplaySpan } from "./replayer";

export const REPLAYERS: Record<string, (span: ReplaySpan) => Replayer> = {
  prices: (span) => new PriceReplayer(span),
  alerts: (span) => new AlertReplayer(span),
  nodes: (span) => new NodeReplayer(span),
};
