/* The body of a request as JSON, within its limits: what is too large is refused before it is parsed, and a gzip bomb
 * while it is unpacked, after at most 1 MB. The Content-Type does not matter: many small clients send none. */
import type { z } from "zod";
import { AppError, type FieldError } from "../domain/error";
import { MAX_EVENTS } from "../domain/posting";
import { fieldErrors } from "../domain/problem";
import type { Result } from "../domain/result";
import type { AppContext } from "./context";

const MAX_BYTES = 1_000_000;

/** The raw text (for its fingerprint) and its value.
 * @param blank what an empty body means, where it means anything */
export async function readJson(c: AppContext, blank?: unknown): Promise<{ text: string; value: unknown }> {
  const text = await readText(c);
  if (blank !== undefined && text.trim() === "") return { text, value: blank };
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    throw malformed("The body is not JSON.");
  }
}

export const readText = async (c: AppContext): Promise<string> => decode(await readBytes(c.req.raw));

/** Parsed by its schema; every bad field is named. */
export async function readInput<S extends z.ZodType>(c: AppContext, schema: S): Promise<z.infer<S>> {
  const { value } = await readJson(c);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = fieldErrors(result.error);
  throw new AppError("invalid_request", summary(errors.length), {}, errors);
}

export const summary = (count: number): string =>
  count === 1 ? "One field is not valid." : `${count} fields are not valid.`;

/** The events of a body, one or an array of at most `max`. Throws 413 for more, 400 with every bad field.
 * @param noun what they are, in the plural
 * @param hint added to what is said of bad fields */
export function eventsIn<T>(
  value: unknown,
  noun: string,
  parse: (value: unknown, now: number) => Result<T[], FieldError[]>,
  { max = MAX_EVENTS, hint = "" }: { max?: number; hint?: string } = {},
): T[] {
  if (Array.isArray(value) && value.length > max) {
    throw new AppError("too_large", `${value.length} ${noun}; at most ${max}.`);
  }
  const parsed = parse(value, Date.now());
  if (parsed.ok) return parsed.value;
  throw new AppError("invalid_request", `${summary(parsed.error.length)}${hint}`, {}, parsed.error);
}

async function readBytes(request: Request): Promise<Uint8Array> {
  const encoding = (request.headers.get("content-encoding") ?? "identity").trim().toLowerCase();
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BYTES) throw tooLarge();
  if (encoding === "identity" || encoding === "") {
    // With a declared length the platform reads no further, so the whole can be taken at once.
    if (request.headers.has("content-length")) return wholeOf(request);
    return collect(request.body);
  }
  if (encoding !== "gzip" && encoding !== "x-gzip") {
    throw new AppError("unsupported_encoding", `Content-Encoding ${encoding.slice(0, 40)}: only gzip is taken.`);
  }
  if (request.body === null) return new Uint8Array();
  return collect(request.body.pipeThrough(counted()).pipeThrough(new DecompressionStream("gzip")));
}

async function wholeOf(request: Request): Promise<Uint8Array> {
  try {
    return new Uint8Array(await request.arrayBuffer());
  } catch {
    throw malformed("The body ends before its Content-Length.");
  }
}

/** Passes bytes on until there are too many. */
function counted(): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > MAX_BYTES) controller.error(tooLarge());
      else controller.enqueue(chunk);
    },
  });
}

async function collect(stream: ReadableStream<Uint8Array> | null): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream ?? []) {
      bytes += chunk.byteLength;
      if (bytes > MAX_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw malformed("The body could not be read to its end, or is not valid gzip.");
  }
  return join(chunks, bytes);
}

function join(chunks: Uint8Array[], bytes: number): Uint8Array {
  if (chunks.length === 1) return chunks[0] as Uint8Array;
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

function decode(bytes: Uint8Array): string {
  if (bytes.byteLength > MAX_BYTES) throw tooLarge();
  try {
    // Fatal: a broken sequence must not become a replacement character inside somebody's id.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw malformed("The body is not UTF-8.");
  }
}

/** Of the body as a whole. */
export const malformed = (detail: string) => new AppError("invalid_request", detail, {}, [{ pointer: "", detail }]);
const tooLarge = () => new AppError("too_large", `A body may have ${MAX_BYTES} bytes, before and after decompression.`);
