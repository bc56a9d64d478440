/* A line of the archive: an entry as its frame says it, and where it stood in which object's log. Lines are JSON, one an
 * entry, so that any tool reads them; what reads them here takes back exactly the entry that the reducer was given. */
import { z } from "zod";
import type { Entry, Fact } from "../ledger/reducer";

export interface LinePlace {
  /** `PriceFeed/AAPL` */
  object: string;
  /** Epoch of the object's log, and its row. */
  log_epoch: string;
  pos: number;
  /** Version of the reducer that wrote the entry. */
  reducer: number;
}

/** @param frame as the log has it: a JSON object that begins with its topic */
export const lineOf = (place: LinePlace, frame: string): string =>
  `${JSON.stringify(place).slice(0, -1)},${frame.slice(1)}`;

export const ArchiveLine = z.looseObject({
  object: z.string(),
  log_epoch: z.string(),
  pos: z.number().int(),
  reducer: z.number().int(),
  topic: z.string(),
  epoch: z.string(),
  seq: z.number().int(),
  type: z.string(),
  at: z.string(),
  data: z.unknown(),
});
export type ArchiveLine = z.infer<typeof ArchiveLine>;
type FrameOfLine = Pick<ArchiveLine, "topic" | "epoch" | "seq" | "type" | "at" | "data">;

/** The entry of a line, or of a frame as a log has it. */
export function entryOf<F extends Fact>({ topic, epoch, seq, type, at, data }: FrameOfLine): Entry<F> {
  const stream = topic.slice(topic.indexOf("/") + 1);
  return { stream, epoch, seq, at: Date.parse(at), type, data } as Entry<F>;
}
