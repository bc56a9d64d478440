/* Real prices and civil alerts, again and again, through the ordinary doors: `npm start -- --demo`, or against any server
 * with `npm run demo -- --url https://… --key tdk_… --speed 10`.
 *
 * Each symbol runs on its own clock, and so do the alerts: the first thing happens now, the others after the pauses they had,
 * no pause longer than 5 s, in a loop. Prices do not wait for alerts, nor alerts for prices. */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { alertPost, alertTrack } from "./demo/alerts.ts";
import { pause, type Replay, send } from "./demo/send.ts";
import { tickEvent, tickTracks } from "./demo/ticks.ts";

/** What became due meanwhile leaves together; short enough that a person sees no steps. */
const SEND_EVERY_MS = 50;
const MAX_BATCH = 1_000;

const sample = (name: string): string => readFileSync(new URL(`data/${name}.csv`, import.meta.url), "utf8");

async function replayTicks(replay: Replay): Promise<void> {
  const tracks = tickTracks(sample("ticks"), replay.speed, Date.now());
  while (!replay.signal.aborted) {
    const events = tracks.flatMap((track) => track.dueAt(Date.now())).map(tickEvent);
    for (let index = 0; index < events.length; index += MAX_BATCH) {
      await send("/api/v1/prices", events.slice(index, index + MAX_BATCH), replay);
    }
    await pause(SEND_EVERY_MS, replay.signal);
  }
}

/** Each alert is a request of its own, as it was then: nobody waits for the next one before warning of this one. */
async function replayAlerts(replay: Replay): Promise<void> {
  const track = alertTrack(sample("civil-alerts"), replay.speed, Date.now());
  while (!replay.signal.aborted) {
    for (const due of track.dueAt(Date.now())) await send("/api/v1/alerts", alertPost(due, replay.speed), replay);
    await pause(SEND_EVERY_MS, replay.signal);
  }
}

/** Runs until the signal, or until one of them is refused. */
export async function replay(options: Replay): Promise<void> {
  const pace = options.speed === 1 ? "" : ` at ${options.speed} times their pace`;
  console.log(`Replaying recorded prices and civil alerts${pace}.`);
  const refused = new AbortController();
  const both = { ...options, signal: AbortSignal.any([options.signal, refused.signal]) };
  try {
    await Promise.all([replayTicks(both), replayAlerts(both)]);
  } finally {
    refused.abort();
  }
}

async function main(args: string[]): Promise<void> {
  const flags = { url: { type: "string" }, key: { type: "string" }, speed: { type: "string" } } as const;
  const { values } = parseArgs({ args, options: flags });
  const key = values.key ?? process.env.TIDINGS_ADMIN_KEY;
  if (!key) throw new Error("Name a key that may post prices and alerts with --key.");
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
