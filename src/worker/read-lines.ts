/* A long body line by line, never held whole: limits are kept while it is read, so a gzip bomb ends as soon as it is too
 * large. */
import { AppError } from "../domain/error";

/** As sent, and unpacked. */
export const UPLOAD_MAX_BYTES = 100_000_000;
const LINE_MAX_CHARS = 16_384;

export interface Line {
  /** From 1. */
  number: number;
  /** Undefined when it is too long to be a line of anything. */
  text: string | undefined;
}

const isGzip = (request: Request): boolean => {
  const encoding = (request.headers.get("content-encoding") ?? "").trim().toLowerCase();
  const type = (request.headers.get("content-type") ?? "").trim().toLowerCase();
  if (!["", "identity", "gzip", "x-gzip"].includes(encoding)) {
    throw new AppError("unsupported_encoding", `Content-Encoding ${encoding.slice(0, 40)}: only gzip is taken.`);
  }
  return encoding.endsWith("gzip") || /^application\/(x-)?gzip\b/.test(type);
};

/** Throws 413, 415, or 400 when the body cannot be read to its end. Blank lines count, and are left out. */
export async function* readLines(request: Request, maxBytes = UPLOAD_MAX_BYTES): AsyncGenerator<Line> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const packed = isGzip(request);
  if (request.body === null) return;
  const sent = request.body.pipeThrough(counted(maxBytes));
  const bytes = packed ? sent.pipeThrough(new DecompressionStream("gzip")).pipeThrough(counted(maxBytes)) : sent;
  const splitter = new Splitter();
  try {
    // What is not UTF-8 is one bad line, not the end of all.
    for await (const text of bytes.pipeThrough(new TextDecoderStream())) yield* splitter.push(text);
  } catch (error) {
    if (error instanceof AppError) throw error;
    // A stream between may have wrapped ours.
    if (String(error).includes(TOO_LARGE)) throw tooLarge(maxBytes);
    const detail = "The body could not be read to its end, or is not valid gzip.";
    throw new AppError("invalid_request", detail, {}, [{ pointer: "", detail }]);
  }
  yield* splitter.end();
}

class Splitter {
  #rest = "";
  #isTooLong = false;
  #number = 0;

  *push(text: string): Generator<Line> {
    const pieces = text.split("\n");
    pieces[0] = this.#rest + pieces[0];
    this.#rest = pieces.pop() ?? "";
    for (const piece of pieces) yield* this.#line(piece);
    if (this.#rest.length > LINE_MAX_CHARS) {
      this.#rest = "";
      this.#isTooLong = true;
    }
  }

  *end(): Generator<Line> {
    if (this.#rest !== "" || this.#isTooLong) yield* this.#line(this.#rest);
  }

  *#line(piece: string): Generator<Line> {
    const number = ++this.#number;
    const isTooLong = this.#isTooLong || piece.length > LINE_MAX_CHARS;
    this.#isTooLong = false;
    const text = piece.endsWith("\r") ? piece.slice(0, -1) : piece;
    if (isTooLong) yield { number, text: undefined };
    else if (text.trim() !== "") yield { number, text };
  }
}

const TOO_LARGE = "the upload is too large";

function counted(maxBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) controller.error(new Error(TOO_LARGE));
      else controller.enqueue(chunk);
    },
  });
}

const tooLarge = (maxBytes: number) =>
  new AppError("too_large", `An upload may have ${maxBytes} bytes here, before and after decompression.`);
