/* What a ledger is made of and surrounded by. */
import type { Kit } from "../../domain/ledger/core";
import type { Fact } from "../../domain/ledger/reducer";
import type { CheckpointLimits } from "./checkpoint";
import type { Introduce } from "./introduction";

import type { Deliver } from "./line";
import type { LogLimits } from "./log";
import type { Downstream } from "./way";

export interface LedgerOptions<S, I, F extends Fact> extends Kit<S, I, F> {
  /** `PriceFeed/AAPL`, as in the registry and the cursors. */
  object: string;
  downstream: Downstream;
  delayMs: number;
  deliver: Deliver;
  /** Children that get every frame of every stream, for ever. */
  followers?: string[];
  /** Hubs that are called directly, per topic; all, when it is not said. */
  hubs?: number;
  /** Tells the registry and topic `symbols` of streams that appeared or went. */
  introduce: Introduce;
  repairMs?: number;
  /** Streams that may be listened to before their first entry. */
  standing?: string[];
  limits?: LogLimits;
  checkpoints?: CheckpointLimits;
  now?: () => number;
  random?: () => number;
}
