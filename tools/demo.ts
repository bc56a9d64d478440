/* Real ticks, again and again, through the ordinary door: `npm start -- --demo`, or against any server with
 * `npm run demo -- --url https://… --key tdk_… --speed 10`.
 *
 * Each symbol runs on its own clock: its first tick happens now, the others after the pauses they had, no pause longer than 5 s.
 * At the end a symbol starts over. The sample (tools/data/ticks.csv) is XRP-ETH and ETH-USDT trades and EUR-USD quotes. */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const SAMPLE = new URL("data/ticks.csv", import.meta.url);
const LONGEST_PAUSE_MS = 5_000;
/** What became due meanwhile leaves together; short enough that a person sees no steps. */
const SEND_EVERY_MS = 50;
const MAX_BATCH = 1_000;
const LONGEST_BACKOFF_MS = 5_000;

export interface Tick {
  symbol: string;
  price: string;
  volume?: string;
  /** After the symbol's first tick, at the pace it happened, pauses clipped. */
  offsetMs: number;
}

export interface DemoEvent {
  symbol: string;
  price: string;
  volume?: string;
  timestamp: number;
  source: "demo";
  id: string;
}

export interface Replay {
  url: string;
  key: string;
  speed: number;
  signal: AbortSignal;
}

/** Ticks by symbol, in the order of the file. */
export function parseTicks(csv: string): Map<string, Tick[]> {
  const series = new Map<string, Tick[]>();
  const last = new Map<string, { at: number; offsetMs: number }>();
  for (const line of csv.trim().split("\n").slice(1)) {
    const [symbol = "", time = "", , price = "", volume = ""] = line.split(",");
    const at = Number(time);
    const before = last.get(symbol);
    const offsetMs =
      before === undefined ? 0 : before.offsetMs + Math.min(LONGEST_PAUSE_MS, Math.max(0, at - before.at));
    last.set(symbol, { at, offsetMs });
    const ticks = series.get(symbol) ?? [];
    ticks.push({ symbol, price, offsetMs, ...(volume === "" ? {} : { volume }) });
    series.set(symbol, ticks);
  }
  return series;
}

/** One symbol in a loop. `dueAt` hands out each event once; its id is the same however often it is sent. */
export class Track {
  readonly #ticks: Tick[];
  readonly #speed: number;
  readonly #run: string;
  #loop = 0;
  #next = 0;
  #startedAt: number;

  constructor(ticks: Tick[], speed: number, startedAt: number) {
    this.#ticks = ticks;
    this.#speed = speed;
    this.#startedAt = startedAt;
    this.#run = startedAt.toString(36);
  }

  dueAt(now: number): DemoEvent[] {
    const due: DemoEvent[] = [];
    for (
      let tick = this.#ticks[this.#next];
      tick !== undefined && due.length < MAX_BATCH;
      tick = this.#ticks[this.#next]
    ) {
      const timestamp = Math.round(this.#startedAt + tick.offsetMs / this.#speed);
      if (timestamp > now) break;
      const { offsetMs: _, ...event } = tick;
      due.push({ ...event, timestamp, source: "demo", id: `${this.#run}/${this.#loop}/${tick.symbol}/${this.#next}` });
      this.#advance(timestamp);
    }
    return due;
  }

  #advance(timestamp: number): void {
    this.#next++;
    if (this.#next < this.#ticks.length) return;
    this.#next = 0;
    this.#loop++;
    // The pause before the first tick again is not in the sample; a second is as good as any.
    this.#startedAt = timestamp + 1_000 / this.#speed;
  }
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    const wake = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener("abort", wake, { once: true });
  });

/** Undefined when taken, else why not. Refusals that sending again cannot mend are thrown. */
async function post(events: DemoEvent[], { url, key, signal }: Replay): Promise<string | undefined> {
  const response = await fetch(`${url}/api/v1/prices`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(events),
    signal,
  }).catch((error: unknown) => String(error));
  if (typeof response === "string") return response;
  const text = await response.text();
  if (response.ok) return undefined;
  if (response.status < 500 && response.status !== 429) throw new Error(`${response.status} ${text}`);
  return `status ${response.status}`;
}

/** Sends until it is taken: a server that was killed has the same events again when it is back, under the same ids. */
async function send(events: DemoEvent[], replay: Replay): Promise<void> {
  for (let backoffMs = 100; !replay.signal.aborted; backoffMs = Math.min(LONGEST_BACKOFF_MS, backoffMs * 2)) {
    const reason = await post(events, replay);
    if (reason === undefined || replay.signal.aborted) return;
    await pause(backoffMs * (0.5 + Math.random()), replay.signal);
  }
}

/** Runs until the signal. */
export async function replay(options: Replay): Promise<void> {
  const startedAt = Date.now();
  const tracks = [...parseTicks(readFileSync(SAMPLE, "utf8")).values()].map(
    (ticks) => new Track(ticks, options.speed, startedAt),
  );
  console.log(
    `Replaying ${tracks.length} symbols${options.speed === 1 ? "" : ` at ${options.speed} times their pace`}.`,
  );
  while (!options.signal.aborted) {
    const events = tracks.flatMap((track) => track.dueAt(Date.now()));
    for (let index = 0; index < events.length; index += MAX_BATCH) {
      await send(events.slice(index, index + MAX_BATCH), options);
    }
    await pause(SEND_EVERY_MS, options.signal);
  }
}

async function main(args: string[]): Promise<void> {
  const flags = { url: { type: "string" }, key: { type: "string" }, speed: { type: "string" } } as const;
  const { values } = parseArgs({ args, options: flags });
  const key = values.key ?? process.env.TIDINGS_ADMIN_KEY;
  if (!key) throw new Error("Name a key that may post prices with --key.");
  const stopped = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stopped.abort());
  await replay({
    url: values.url ?? "http://localhost:8787",
    key,
    speed: Number(values.speed ?? 1),
    signal: stopped.signal,
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
