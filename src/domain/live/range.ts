/* What a `read` answered, in the form of a delivery. */
import * as z from "zod";
import type { Delivery } from "../frame";
import type { RangeAnswer } from "../ledger/append";

const Head = z.object({ epoch: z.string(), seq: z.number().int() });

/** Undefined when there was nothing. The first frame says where the range begins: it need not be the epoch asked for. */
export function rangeDelivery(
  topic: string,
  answer: Exclude<RangeAnswer, { status: "unknown" }>,
): Delivery | undefined {
  if (answer.status === "snapshot") return { topic, ...answer.head, snapshot: answer.snapshot };
  const first = answer.frames[0];
  if (first === undefined) return undefined;
  const { epoch, seq } = Head.parse(JSON.parse(first));
  return { topic, epoch, first: seq, frames: answer.frames };
}
