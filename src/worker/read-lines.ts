/* A long body line by line, never held whole: limits are kept while it is read, so a gzip bomb ends as soon as it is too
 * large. */
import { AppError } from "../domain/error";
import { malformed } from "./read-body";

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

/** No line of text begins with what each gzip stream begins with. */
const isPacked = ([first, second]: Uint8Array): boolean => first === 0x1f && second === 0x8b;

/** Throws 413, 415, or 400 when the body cannot be read to its end. Blank lines count, and are left out. */
export async function* readLines(request: Request, maxBytes = UPLOAD_MAX_BYTES): AsyncGenerator<Line> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const packed = isGzip(request);
  if (request.body === null) return;
  const bytes = packed ? request.body.pipeThrough(new DecompressionStream("gzip")) : request.body;
  const reader = bytes.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const decoder = new TextDecoder();
  const splitter = new Splitter();
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw unreadable();
    });
    if (done) break;
    if (size === 0 && !packed && isPacked(value)) throw undeclared();
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel();
      throw tooLarge(maxBytes);
    }
    // What is not UTF-8 is one bad line, not the end of all.
    yield* splitter.push(decoder.decode(value, { stream: true }));
  }
  yield* splitter.end(decoder.decode());
}

class Splitter {
  #rest = "";
  #isTooLong = false;
  #number = 0;

  push(text: string): Line[] {
    const pieces = text.split("\n");
    pieces[0] = this.#rest + pieces[0];
    this.#rest = pieces.pop() ?? "";
    const lines: Line[] = [];
    for (const piece of pieces) this.#add(lines, piece);
    if (this.#rest.length > LINE_MAX_CHARS) {
      this.#rest = "";
      this.#isTooLong = true;
    }
    return lines;
  }

  end(text: string): Line[] {
    const lines = this.push(text);
    if (this.#rest !== "" || this.#isTooLong) this.#add(lines, this.#rest);
    return lines;
  }

  /** A hundred megabytes may be a hundred million empty lines: those must cost next to nothing. */
  #add(lines: Line[], piece: string): void {
    const number = ++this.#number;
    if (this.#isTooLong || piece.length > LINE_MAX_CHARS) lines.push({ number, text: undefined });
    else if (piece !== "" && piece.trim() !== "") {
      lines.push({ number, text: piece.endsWith("\r") ? piece.slice(0, -1) : piece });
    }
    this.#isTooLong = false;
  }
}

const unreadable = () => malformed("The body could not be read to its end, or is not one valid gzip stream.");
const undeclared = () => malformed("The body is gzip and does not say so: send it with Content-Encoding: gzip.");

const tooLarge = (maxBytes: number) =>
  new AppError("too_large", `An upload may have ${maxBytes} bytes here, before and after decompression.`);
