/* tidings-agent: what the command line does. */
import { Agent } from "./agent.ts";
import { bootId } from "./boot-id.ts";
import { systemClock } from "./clock.ts";
import { Collector } from "./collect/collector.ts";
import { systemSources } from "./collect/sources.ts";
import { doorOf } from "./door.ts";
import { type Log, logTo } from "./log.ts";
import { HELP, type Options, parseOptions, type Server } from "./options.ts";
import { Refusal, reasonOf } from "./refusal.ts";
import { type Sample, SampleIds } from "./sample.ts";
import { connectTo } from "./socket.ts";
import { lockFolder } from "./spool/lock.ts";
import { Spool } from "./spool/spool.ts";

/** Put in by the bundler. */
declare const VERSION: string;

/** Rates need two readings. */
const BETWEEN_READINGS_MS = 1_000;

async function oneSample(log: Log, boot: string): Promise<Sample> {
  // The cheap sources alone would be young enough the second time: a collector that has no such thing as young.
  const always = Object.fromEntries(
    Object.entries(systemSources).map(([name, source]) => [name, { ...source, minAgeMs: 0 }]),
  ) as typeof systemSources;
  const collector = new Collector(always, systemClock, log);
  await collector.collect();
  await new Promise<void>((resolve) => systemClock.after(BETWEEN_READINGS_MS, resolve));
  const metrics = await collector.collect();
  return { id: new SampleIds(boot, systemClock).next(), timestamp: systemClock.now(), metrics };
}

async function print(log: Log): Promise<number> {
  const boot = bootId(undefined);
  const { timestamp, metrics } = await oneSample(log, boot);
  const sample = { boot_id: boot, timestamp: new Date(timestamp).toISOString(), metrics };
  process.stdout.write(`${JSON.stringify(sample, null, 2)}\n`);
  return 0;
}

async function once({ pool, intervalS, isIntervalGiven }: Options, { nodeUrl, key }: Server, log: Log) {
  const door = doorOf(nodeUrl, key);
  const boot = bootId(undefined);
  const beat = {
    status: "ok",
    boot_id: boot,
    ...(isIntervalGiven ? { interval_s: intervalS } : {}),
    ...(pool === undefined ? {} : { pool }),
  } as const;
  const beaten = await door.beat(beat);
  if (!beaten.ok) throw new Refusal(`The beat did not arrive: ${beaten.reason}`);
  const sent = await door.send([await oneSample(log, boot)]);
  if (!sent.ok) throw new Refusal(`The beat arrived, the metrics did not: ${sent.reason}`);
  return 0;
}

/** Resolves when the agent was told to stop and has said goodbye. */
async function run(options: Options, { nodeUrl, key }: Server, log: Log): Promise<number> {
  const { spoolFolder: folder, spoolMaxBytes: maxBytes } = options;
  process.on(
    "exit",
    opening(folder, () => lockFolder(folder)),
  );
  const spool = opening(folder, () => new Spool({ folder, maxBytes, clock: systemClock, log }));
  const agent = new Agent({
    bootId: bootId(folder),
    version: VERSION,
    pool: options.pool,
    intervalMs: options.intervalS * 1_000,
    metricsEvery: options.metricsEvery,
    connect: connectTo(`${nodeUrl.replace(/^http/, "ws")}/session`, key),
    door: doorOf(nodeUrl, key),
    collector: new Collector(systemSources, systemClock, log),
    spool,
    clock: systemClock,
    random: Math.random,
    log,
  });
  agent.start();
  await toldToStop();
  await agent.stop();
  return 0;
}

/** A second signal does not wait for the goodbye. */
function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    let isTold = false;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        if (isTold) process.exit(1);
        isTold = true;
        resolve();
      });
    }
  });
}

function opening<T>(folder: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(`Cannot use ${folder} for what waits: ${reasonOf(error)}. Give another --spool.`);
  }
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), process.env);
  if (typeof options === "string") {
    process.stdout.write(`${options === "help" ? HELP : VERSION}\n`);
    return 0;
  }
  // The key may be among the arguments, and everybody on the machine can read those.
  process.title = "tidings-agent";
  // Whoever read the lines may be gone; that is no reason to stop.
  process.stderr.on("error", () => {});
  const log = logTo((line) => process.stderr.write(line), options.verbose);
  if (options.server === undefined) return print(log);
  return options.mode === "once" ? once(options, options.server, log) : run(options, options.server, log);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`tidings-agent: ${error instanceof Refusal ? error.message : reasonOf(error)}\n`);
    process.exit(1);
  },
);
