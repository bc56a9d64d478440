/* Deliveries and positions: where a delivery ends, and whether it follows on what a child has. */
import type { Delivery } from "../frame";
import type { Position } from "../ledger/position";

/** What a delivery leads up to. */
export function endOf(delivery: Delivery): Position {
  if ("snapshot" in delivery) return { epoch: delivery.epoch, seq: delivery.seq };
  return { epoch: delivery.epoch, seq: delivery.first + delivery.frames.length - 1 };
}

/** Whether frames from `first` on can be taken on top of `have`: nothing is missing in between. */
export function followsOn({ epoch, first }: { epoch: string; first: number }, have: Position): boolean {
  return epoch === have.epoch ? first <= have.seq + 1 : first === 1 && epoch > have.epoch;
}
