/* What a scenario is given and what it gives back. A new scenario is a file in scenarios/ and a line in run.ts. */
import type { Counts } from "./cost.ts";

export interface Context {
  quick: boolean;
  /** Measure although `hello` is below what the platform's own socket answers on an ordinary machine. */
  acceptSlow: boolean;
  /** Each figure is the median of so many rounds. */
  rounds: number;
  /** Answers "hello" on the same kind of socket: what the platform itself can do here and now. */
  hello: { url: string } | undefined;
  say(text: string): void;
}

/** An aim is for the figure itself or for its share of `hello`. */
export interface Aim {
  of: "value" | "share";
  bound: "at least" | "at most";
  value: number;
}

export interface Figure {
  what: string;
  /** The median of `rounds`. */
  value: number;
  unit: string;
  rounds: number[];
  /** Requests per second of `hello`, measured right before each round; their median. */
  hello?: number;
  /** Median of each round's figure divided by the `hello` before it. */
  share?: number;
  aims?: Aim[];
  /** Whatever else was seen, by name with its unit: `p99 ms`. */
  more?: Record<string, number | string>;
}

export interface CostRow {
  what: string;
  counts: Counts;
}

/** What is neither a figure nor a price: its cells are texts. */
export interface Table {
  title: string;
  head: string[];
  rows: string[][];
}

export interface Outcome {
  figures: Figure[];
  tables?: Table[];
  /** Counted operations per path. */
  costs?: CostRow[];
  notes?: string[];
}

export interface Scenario {
  name: string;
  title: string;
  /** It needs no server, and so neither `hello` nor wrk. */
  inMemory?: true;
  run(context: Context): Promise<Outcome>;
}

/** What run.ts writes to results/ and report.ts reads. */
export interface Results {
  date: string;
  quick: boolean;
  machine: Record<string, string | number>;
  scenarios: Record<string, Outcome & { title: string; seconds: number }>;
}

/** Requests per second of `hello` below which the socket is not the direct one, or something else has the machine. */
export const HELLO_AT_LEAST = 15_000;

export const isDoubtful = ({ hello }: Figure): boolean => hello !== undefined && hello < HELLO_AT_LEAST;

export function meets(aim: Aim, figure: Figure): boolean {
  const value = aim.of === "share" ? (figure.share ?? Number.NaN) : figure.value;
  return aim.bound === "at least" ? value >= aim.value : value <= aim.value;
}
