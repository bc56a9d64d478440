/* Real prices, civil alerts and requests, and metrics, again and again, through the ordinary doors: `npm start -- --demo`, or
 * against any server with `npm run demo -- --url https://… --key tdk_… --speed 10`.
 *
 * Each symbol runs on its own clock, and so do alerts and requests: the first thing happens now, the others after the pauses
 * they had, no pause longer than 5 s (1 s for requests), in a loop. None of them waits for another. */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { alertPost, alertTrack } from "./demo/alerts.ts";
import { EVERY_MS, madeAt, momentsBetween, past, priceSample } from "./demo/metrics.ts";
import { requestPost, requestTrack } from "./demo/requests.ts";
import { exists, pause, type Replay, send, sendAll } from "./demo/send.ts";
import { tickEvent, tickTracks } from "./demo/ticks.ts";

/** What became due meanwhile leaves together; short enough that a person sees no steps. */
const SEND_EVERY_MS = 50;

const sample = (name: string): string => readFileSync(new URL(`data/${name}`, import.meta.url), "utf8");

async function replayTicks(replay: Replay): Promise<void> {
  const tracks = tickTracks(sample("ticks.csv"), replay.speed, Date.now());
  while (!replay.signal.aborted) {
    const events = tracks.flatMap((track) => track.dueAt(Date.now())).map(tickEvent);
    await sendAll("/api/v1/prices", events, replay);
    await pause(SEND_EVERY_MS, replay.signal);
  }
}

/** Each alert is a request of its own, as it was then: nobody waits for the next one before warning of this one. */
async function replayAlerts(replay: Replay): Promise<void> {
  const track = alertTrack(sample("civil-alerts.csv"), replay.speed, Date.now());
  while (!replay.signal.aborted) {
    for (const due of track.dueAt(Date.now())) await send("/api/v1/alerts", alertPost(due, replay.speed), replay);
    await pause(SEND_EVERY_MS, replay.signal);
  }
}

async function replayRequests(replay: Replay): Promise<void> {
  const track = requestTrack(sample("access.log"), replay.speed, Date.now());
  while (!replay.signal.aborted) {
    await sendAll("/api/v1/requests", track.dueAt(Date.now()).map(requestPost), replay);
    await pause(SEND_EVERY_MS, replay.signal);
  }
}

/** Samples carry the time that they happen at, whatever the speed; prices as metrics go by that of the ticks. */
async function replayMetrics(replay: Replay): Promise<void> {
  const tracks = tickTracks(sample("ticks.csv"), replay.speed, Date.now());
  let upTo = Date.now();
  // A state folder that is used again has its past already.
  if (!(await exists("/api/v1/metrics/demo.temperature", replay))) await sendAll("/api/v1/metrics", past(upTo), replay);
  while (!replay.signal.aborted) {
    const now = Date.now();
    const made = momentsBetween(upTo, now).flatMap(madeAt);
    const prices = tracks.flatMap((track) => track.dueAt(now)).map(priceSample);
    upTo = now;
    await sendAll("/api/v1/metrics", [...made, ...prices], replay);
    await pause(EVERY_MS, replay.signal);
  }
}

/** Runs until the signal, or until one of them is refused. */
export async function replay(options: Replay): Promise<void> {
  const pace = options.speed === 1 ? "" : ` at ${options.speed} times their pace`;
  console.log(`Replaying recorded prices, civil alerts and requests${pace}; latencies and demo.* metrics are made up.`);
  const refused = new AbortController();
  const all = { ...options, signal: AbortSignal.any([options.signal, refused.signal]) };
  try {
    await Promise.all([replayTicks, replayAlerts, replayRequests, replayMetrics].map((begin) => begin(all)));
  } finally {
    refused.abort();
  }
}

async function main(args: string[]): Promise<void> {
  const flags = { url: { type: "string" }, key: { type: "string" }, speed: { type: "string" } } as const;
  const { values } = parseArgs({ args, options: flags });
  const key = values.key ?? process.env.TIDINGS_ADMIN_KEY;
  if (!key) throw new Error("Name a key that may post and read metrics with --key, such as that of an admin.");
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
