/* The archive's bucket: compressed lines on their way into it and out of it. */
import { gunzipSync, gzipSync } from "node:zlib";
import { type ArchiveMessage, MESSAGE_BODY_MAX, spanOf, spillKey, textOf } from "../domain/archive/batch";
import type { ManifestRow } from "../domain/archive/manifest";
import type { OutboxMessage } from "../domain/event";

const decoder = new TextDecoder();

/** Fast rather than small: an object compresses beside its other work. */
const LEVEL = 3;

export const compress = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(gzipSync(text, { level: LEVEL }));

/** One gzip stream, or several one after another. */
export const decompress = (bytes: Uint8Array): string => decoder.decode(gunzipSync(bytes));

/** What the queue is given for a message whose parts are lines. Lines that are too long for it go to the bucket first. */
export async function packMessage(bucket: R2Bucket, message: OutboxMessage): Promise<ArchiveMessage> {
  const { parts, ...envelope } = message;
  const text = textOf(parts as string[]);
  const span = spanOf(message.object, text);
  const packed = { ...envelope, purpose: "archive" as const };
  if (span === undefined) return packed;
  const bytes = compress(text);
  if (bytes.byteLength <= MESSAGE_BODY_MAX) return { ...packed, batch: { ...span, lines: bytes } };
  const key = spillKey(message);
  await bucket.put(key, bytes);
  return { ...packed, batch: { ...span, lines: key } };
}

/** The lines of a message as they are in it, or where it says that they are. */
export async function linesOf(bucket: R2Bucket, lines: Uint8Array | string): Promise<Uint8Array> {
  if (typeof lines !== "string") return lines;
  const found = await bucket.get(lines);
  if (found === null) throw new Error(`${lines} is not in the bucket`);
  return new Uint8Array(await found.arrayBuffer());
}

/** The lines of one part of the archive. Undefined when the bucket does not have it any more. */
export async function readPart(
  bucket: R2Bucket,
  { key, offset, bytes }: Pick<ManifestRow, "key" | "offset" | "bytes">,
): Promise<string[] | undefined> {
  const found = await bucket.get(key, { range: { offset, length: bytes } });
  if (found === null) return undefined;
  return decompress(new Uint8Array(await found.arrayBuffer()))
    .split("\n")
    .slice(0, -1);
}
