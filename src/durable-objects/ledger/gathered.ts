/* What a lane was given since it last sent. A busy object's next message is made of it, and its log is not read: a minute of
 * ten thousand events a second is half a gigabyte. What memory does not have, or not in a shape that fits a message, is
 * read from the log as ever (parts.ts). */
import { bytesOf } from "../../domain/bytes";
import type { SealedRow } from "../../domain/ledger/draft";
import type { Fact, Output } from "../../domain/ledger/reducer";
import type { Row } from "../../domain/ledger/row";
import { type Bundle, MESSAGE_BYTES, RAW_BYTES } from "./parts";

/** Joined parts of one purpose that make a message full before its time. */
const FULL_PARTS = 400;
/** Rows of entries are kept for so long: by then a busy object has sent them, and those of a thousand quiet ones would fill
 * the isolate. */
const KEPT_MS = 5_000;
/** No more of them are kept, as when sending takes long. */
const KEPT_CHARS = 8 * RAW_BYTES;

export class Gathered<F extends Fact> {
  readonly #output: Output<F>;
  /** All parts, joined now and then; none of a raw output. */
  #parts: unknown[] = [];
  #events = 0;
  #chars = 0;
  /** The first and the last row of them. */
  #first: number | undefined;
  #last = 0;
  /** Rows of a raw output from the first on, unless they are too old to be kept. */
  #rows: Row[] | undefined = [];

  constructor(output: Output<F>) {
    this.#output = output;
  }

  /** Rows were committed; says whether they have something to tell. */
  take(rows: readonly SealedRow[], now: number): boolean {
    const { purpose, raw, join } = this.#output;
    const before = this.#parts.length;
    for (const { n, at, accepted, parts, body } of rows) {
      this.#first ??= n;
      this.#last = n;
      this.#events += accepted;
      if (raw) {
        if (this.#chars < KEPT_CHARS) this.#rows?.push({ n, at, body });
        this.#chars += body.length;
      } else this.#parts.push(...(parts[purpose] ?? []));
    }
    const saysSomething = raw === true || this.#parts.length > before;
    if (now - (this.#rows?.[0]?.at ?? now) > KEPT_MS) this.#rows = undefined;
    if (this.#parts.length >= FULL_PARTS) this.#parts = join?.(this.#parts) ?? this.#parts;
    return saysSomething;
  }

  get isFull(): boolean {
    return this.#parts.length >= FULL_PARTS || this.#chars >= RAW_BYTES;
  }

  /** All that follows row `pos`, where it is one message. */
  bundleAfter(pos: number): Bundle | undefined {
    if (this.#output.raw || this.#first !== pos + 1) return undefined;
    const parts = this.#output.join?.(this.#parts) ?? this.#parts;
    if (bytesOf(JSON.stringify(parts)) > MESSAGE_BYTES) return undefined;
    return { to: this.#last, first: this.#first, events: this.#events, parts };
  }

  /** The rows of entries that follow row `pos`; none where memory does not have the first of them. */
  rowsAfter = (pos: number): Row[] => {
    const first = this.#rows?.[0]?.n;
    return first === undefined || pos + 1 < first ? [] : (this.#rows?.slice(pos + 1 - first) ?? []);
  };
}
