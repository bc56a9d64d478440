/* Samples that are not delivered yet, oldest first.
 *
 * They wait in memory and are written to disk after two seconds: while the server answers they are gone by then, and the disk
 * is not touched. Without a server each of those moments is one append and one fsync, so a crash of the machine loses two
 * seconds of samples at most. On disk they are segments, files that are only appended to; a segment goes when all of it is
 * delivered, or when the spool is full and it is the oldest. What goes that way is counted, over restarts too.
 *
 * How far the oldest segment is delivered is a hint on disk, behind by two seconds: after a crash some samples are delivered
 * again, under the same id. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { reasonOf } from "../refusal.ts";
import type { Sample } from "../sample.ts";
import { numberOf, Segment } from "./segment.ts";

export interface SpoolOptions {
  folder: string;
  maxBytes: number;
  clock: Clock;
  log: Log;
}

interface Position {
  segment: number;
  delivered: number;
  dropped: number;
}

const SAVE_AFTER_MS = 2_000;
const SEGMENT_BYTES = 256 * 1_024;
/** Where the disk takes nothing, so much stays in memory. */
const MAX_UNSAVED = 1_000;
const POSITION = "position.json";

export class Spool {
  /** Oldest first; the last one is appended to until it is full. */
  #segments: Segment[] = [];
  /** Newer than what is in segments. */
  #unsaved: Sample[] = [];
  #lastNumber = 0;
  /** Nothing is appended to the last segment any more. An earlier run's last line may be torn: each run begins its own. */
  #isSealed = true;
  #dropped = 0;
  #savedPosition = "";
  #cancelSave: (() => void) | undefined;
  readonly #options: SpoolOptions;

  constructor(options: SpoolOptions) {
    this.#options = options;
    const { folder } = options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const position = readPosition(join(folder, POSITION));
    this.#dropped = position.dropped;
    this.#savedPosition = JSON.stringify(position);
    const numbers = readdirSync(folder).flatMap((name) => numberOf(name) ?? []);
    this.#lastNumber = Math.max(position.segment, ...numbers);
    this.#segments = numbers
      .sort((a, b) => a - b)
      .map((number) => Segment.existing(folder, number, number === position.segment ? position.delivered : 0));
    this.#trim();
  }

  get folder(): string {
    return this.#options.folder;
  }

  get count(): number {
    return this.#segments.reduce((sum, { count }) => sum + count, this.#unsaved.length);
  }

  /** How many samples were given up, oldest first, since this spool was made. */
  get dropped(): number {
    return this.#dropped;
  }

  append(sample: Sample): void {
    this.#unsaved.push(sample);
    this.#saveLater();
  }

  /** The oldest samples, at most so many; fewer than there are when a segment ends with them. */
  oldest(most: number): Sample[] {
    this.#skipEmpty();
    const [first] = this.#segments;
    const waiting = first === undefined ? this.#unsaved : first.waiting().map(({ sample }) => sample);
    return waiting.slice(0, most);
  }

  /** Delivered. An id that is not here any more changes nothing. */
  remove(id: string): void {
    const [first] = this.#segments;
    if (first?.remove(id)) {
      this.#skipEmpty();
      this.#saveLater();
      return;
    }
    const at = this.#unsaved.findIndex((sample) => sample.id === id);
    if (at >= 0) this.#unsaved.splice(at, 1);
  }

  /** Gives a sample up: it can never be delivered. */
  drop(id: string): void {
    const before = this.count;
    this.remove(id);
    this.#dropped += before - this.count;
  }

  /** Everything is on disk when this returns, if the disk takes it. */
  save(): void {
    this.#cancelSave?.();
    this.#cancelSave = undefined;
    try {
      this.#saveSamples();
      this.#trim();
      this.#savePosition();
      this.#options.log.state("spool", undefined);
    } catch (error) {
      this.#options.log.state("spool", `cannot write to ${this.#options.folder}: ${reasonOf(error)}`);
      this.#isSealed = true;
      const excess = Math.max(0, this.#unsaved.length - MAX_UNSAVED);
      this.#unsaved.splice(0, excess);
      this.#dropped += excess;
    }
  }

  #saveLater(): void {
    this.#cancelSave ??= this.#options.clock.after(SAVE_AFTER_MS, () => this.save());
  }

  #saveSamples(): void {
    if (this.#unsaved.length === 0) return;
    const full = Math.min(SEGMENT_BYTES, this.#options.maxBytes / 4);
    let last = this.#segments.at(-1);
    if (last === undefined || this.#isSealed || last.bytes >= full) {
      last = new Segment(this.#options.folder, ++this.#lastNumber);
    }
    last.append(this.#unsaved);
    if (last !== this.#segments.at(-1)) {
      this.#segments.push(last);
      syncFolder(this.#options.folder);
    }
    this.#isSealed = false;
    this.#unsaved = [];
  }

  /** The oldest goes first. */
  #trim(): void {
    let bytes = this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
    while (bytes > this.#options.maxBytes) {
      const oldest = this.#segments.shift();
      if (oldest === undefined) return;
      bytes -= oldest.bytes;
      this.#dropped += oldest.count;
      oldest.delete();
    }
  }

  #skipEmpty(): void {
    for (let first = this.#segments[0]; first !== undefined; first = this.#segments[0]) {
      const isEmpty = first.waiting().length === 0;
      this.#dropped += first.torn;
      first.torn = 0;
      if (!isEmpty) return;
      this.#segments.shift();
      first.delete();
    }
  }

  #savePosition(): void {
    const [first] = this.#segments;
    const position: Position = {
      segment: first?.number ?? this.#lastNumber,
      delivered: first?.delivered ?? 0,
      dropped: this.#dropped,
    };
    const text = JSON.stringify(position);
    if (text === this.#savedPosition) return;
    const path = join(this.#options.folder, POSITION);
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    this.#savedPosition = text;
  }
}

/** A new file's name is durable only with its folder. */
function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, "r");
    fsyncSync(handle);
    closeSync(handle);
  } catch {
    // Windows has no such thing, and needs none.
  }
}

function readPosition(path: string): Position {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Position;
  } catch {
    // A new spool, or a position that a crash tore: everything in the segments is delivered, again if need be.
    return { segment: 0, delivered: 0, dropped: 0 };
  }
}
