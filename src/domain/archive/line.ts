/* A line of the archive: an entry as its frame says it, and where it stood in which object's log. Lines are JSON, one an
 * entry, so that any tool reads them; what reads them here takes back exactly the entry that the reducer was given. */
import * as z from "zod";
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

/** Lines of entries that stood in one row. The first one says how many events the row accepted, where it did.
 * @param frames as the log has them: JSON objects that begin with their topic */
export function linesOf(place: LinePlace, frames: readonly string[], events = 0): string[] {
  const beginning = JSON.stringify(place).slice(0, -1);
  return frames.map(
    (frame, i) => `${beginning}${i === 0 && events > 0 ? `,"events":${events}` : ""},${frame.slice(1)}`,
  );
}

export const ArchiveLine = z.looseObject({
  object: z.string(),
  log_epoch: z.string(),
  pos: z.number().int(),
  reducer: z.number().int(),
  events: z.number().int().optional(),
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
