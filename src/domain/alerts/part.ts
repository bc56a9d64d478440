/* What an area sends downstream: every frame, as it was said. */
import * as z from "zod";
import type { Entry, Output } from "../ledger/reducer";
import { AlertData } from "./alert";
import type { AlertFact } from "./area";

const AlertPart = z.object({
  kind: z.literal("alert"),
  /** The place's key: the name of its stream. */
  key: z.string(),
  epoch: z.string(),
  seq: z.number().int(),
  /** Epoch ms of the commit. */
  at: z.number().int(),
  data: AlertData,
});
export type AlertPart = z.infer<typeof AlertPart>;

const CanaryPart = z.object({ kind: z.literal("canary"), at: z.number().int() });

export const AreaPart = z.discriminatedUnion("kind", [AlertPart, CanaryPart]);
export type AreaPart = z.infer<typeof AreaPart>;

function partOf({ stream, epoch, seq, at, data }: Entry<AlertFact>): AreaPart {
  return data.event_type === "canary" ? { kind: "canary", at } : { kind: "alert", key: stream, epoch, seq, at, data };
}

export const history: Output<AlertFact> = { purpose: "alerts", parts: (entry) => [partOf(entry)] };
