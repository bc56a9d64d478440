/* One file of the spool: samples as lines of JSON, appended and never changed. */
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sample } from "../sample.ts";

const NAME = /^(\d{8})\.ndjson$/;

export const numberOf = (name: string): number | undefined => {
  const match = NAME.exec(name);
  return match === null ? undefined : Number(match[1]);
};

export interface Line {
  sample: Sample;
  /** Its place in the file, from 0. */
  index: number;
}

export class Segment {
  readonly number: number;
  readonly #path: string;
  bytes = 0;
  /** How many lines the file has. */
  lines = 0;
  /** So many of the first lines are delivered. */
  delivered = 0;
  /** What is not delivered, once it has been read. */
  #waiting: Line[] | undefined;
  /** Lines that cannot be read any more, and are not counted as dropped yet. */
  torn = 0;

  constructor(folder: string, number: number) {
    this.number = number;
    this.#path = join(folder, `${String(number).padStart(8, "0")}.ndjson`);
  }

  /** Of an earlier run of the agent: what it holds is counted. */
  static existing(folder: string, number: number, delivered: number): Segment {
    const segment = new Segment(folder, number);
    const text = readFileSync(segment.#path, "utf8");
    segment.bytes = Buffer.byteLength(text);
    segment.lines = text.split("\n").filter((line) => line !== "").length;
    segment.delivered = Math.min(delivered, segment.lines);
    return segment;
  }

  get count(): number {
    return this.#waiting?.length ?? this.lines - this.delivered;
  }

  /** Durable when it returns. On an error nothing of it counts as written; a torn line is left behind and skipped, a file of
   * nothing else is not left: a full disk may stay full for days. */
  append(samples: readonly Sample[]): void {
    const text = samples.map((sample) => `${JSON.stringify(sample)}\n`).join("");
    const file = openSync(this.#path, "a", 0o600);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } catch (error) {
      if (this.lines === 0) this.delete();
      throw error;
    } finally {
      closeSync(file);
    }
    this.#waiting?.push(...samples.map((sample, i) => ({ sample, index: this.lines + i })));
    this.lines += samples.length;
    this.bytes += Buffer.byteLength(text);
  }

  waiting(): readonly Line[] {
    this.#waiting ??= this.#read();
    return this.#waiting;
  }

  remove(id: string): boolean {
    this.waiting();
    const waiting = this.#waiting ?? [];
    const at = waiting.findIndex(({ sample }) => sample.id === id);
    if (at < 0) return false;
    waiting.splice(at, 1);
    this.delivered = waiting[0]?.index ?? this.lines;
    return true;
  }

  delete(): void {
    try {
      rmSync(this.#path, { force: true });
    } catch {
      // The disk is read-only by now. The next run delivers it again, under the same ids.
    }
  }

  #read(): Line[] {
    const texts = linesIn(this.#path).slice(this.delivered, this.lines);
    const lines = texts.map((text, i) => ({ sample: sampleIn(text), index: this.delivered + i }));
    const whole = lines.filter((line): line is Line => line.sample !== undefined);
    this.torn += this.lines - this.delivered - whole.length;
    return whole;
  }
}

function linesIn(path: string): string[] {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch {
    // Somebody took the file away, or the disk is failing: its lines are lost, and counted.
    return [];
  }
}

function sampleIn(text: string): Sample | undefined {
  try {
    return JSON.parse(text) as Sample;
  } catch {
    // The power went while this line was being written.
    return undefined;
  }
}
