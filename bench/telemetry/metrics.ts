/* A million samples over ten thousand series, and the same through VictoriaMetrics where it is installed. */
import { DAY_MS, MINUTE_MS } from "../../src/domain/units.ts";
import type { Server } from "../../test/e2e/server.ts";
import type { SamplePosts } from "../load/bodies.ts";
import { openLoop } from "../load/parent.ts";
import type { Context, Figure } from "../scenario.ts";
import { withProduct } from "../servers.ts";
import { rounded, type Spread, spreadOf } from "../statistics.ts";
import { answerFigure, askWhile, type Question } from "./ask.ts";
import { gauge, type Taken } from "./gauge.ts";
import { measureVictoria } from "./victoria.ts";

const BATCH = 1_000;
const SERIES = { hosts: 1_000, names: 10 };
const SAMPLES = { full: 1_000_000, quick: 50_000 };
const EVERY_MS = 10_000;
const CONNECTIONS = 4;
/** More than a server takes, so that every connection is always busy; each batch is due at once. */
const PER_SECOND = 100_000;
/** Ten thousand series over so many objects: a thousand is what one takes, and a hash is never even. */
const PARTITIONS = "16";

export function loadOf(quick: boolean): { posts: SamplePosts; batches: number } {
  const samples = quick ? SAMPLES.quick : SAMPLES.full;
  const rounds = samples / (SERIES.hosts * SERIES.names);
  const startMs = Date.now() - rounds * EVERY_MS;
  return { posts: { of: "samples", batch: BATCH, ...SERIES, startMs, everyMs: EVERY_MS }, batches: samples / BATCH };
}

/** One metric with a minute each of a day, another with a sample each day of a year. */
async function beginPast(server: Server): Promise<Question[]> {
  const now = Date.now();
  const minutes = Array.from({ length: 1_440 }, (_, i) => ({
    name: "past.day",
    value: i % 7,
    timestamp: now - i * MINUTE_MS,
  }));
  const days = Array.from({ length: 365 }, (_, i) => ({
    name: "past.year",
    value: i % 7,
    timestamp: now - i * DAY_MS,
  }));
  for (const body of [minutes.slice(0, 720), minutes.slice(720), days]) {
    const response = await server.fetch("/api/v1/metrics", { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`The past was answered ${response.status}: ${await response.text()}`);
  }
  const from = (ms: number) => new Date(now - ms).toISOString();
  return [
    { what: "A day of minutes", path: `/api/v1/metrics/past.day?resolution=minute&from=${from(DAY_MS)}` },
    { what: "A year of days", path: `/api/v1/metrics/past.year?resolution=day&from=${from(365 * DAY_MS)}` },
    {
      what: "The last minutes of one of the series",
      path: "/api/v1/metrics/load.metric_0?resolution=minute&labels=host=host-7",
    },
  ];
}

/** Throws unless every sample of every series is counted once. */
async function checkStored(server: Server, samples: number): Promise<void> {
  let found = 0;
  for (let i = 0; i < SERIES.names; i++) {
    const from = new Date(Date.now() - 2 * DAY_MS).toISOString();
    const response = await server.fetch(`/api/v1/metrics/load.metric_${i}?resolution=day&from=${from}`);
    const { points } = (await response.json()) as { points: { count: number }[] };
    found += points.reduce((sum, { count }) => sum + count, 0);
  }
  if (found !== samples) throw new Error(`${samples} samples were acknowledged, ${found} are counted.`);
}

const one = (value: number) => ({ value, rounds: [value] });

interface Measured {
  rate: number;
  ack: Spread;
  asked: Map<string, Spread>;
  taken: Taken;
}

export async function measureMetrics(context: Context): Promise<Figure[]> {
  const { posts, batches } = loadOf(context.quick);
  const ours = await withProduct({ INTAKE_PARTITIONS: PARTITIONS }, (server) => measureOurs(server, posts, batches));
  const theirs = await measureVictoria(posts, batches, CONNECTIONS);
  if (theirs === undefined) {
    context.say("  VictoriaMetrics is not installed (Debian package victoria-metrics): not measured.");
  }
  return figuresOf(ours, theirs, batches * BATCH);
}

async function measureOurs(server: Server, posts: SamplePosts, batches: number): Promise<Measured> {
  const questions = await beginPast(server);
  const load = { port: server.port, key: server.key, posts, connections: CONNECTIONS, patienceMs: 120_000 };
  const phases = [{ perSecond: PER_SECOND, seconds: batches / PER_SECOND }];
  const [[log, asked], taken] = await gauge(server.workerdPid, () =>
    askWhile(server, questions, () => openLoop({ ...load, phases, waits: true })),
  );
  const refused = log.status.filter((status) => status !== 200).length;
  if (refused > 0) throw new Error(`${refused} of ${batches} batches were not acknowledged.`);
  await checkStored(server, batches * BATCH);
  const times = log.answeredUs.map((at, i) => (at - (log.sentUs[i] as number)) / 1e3);
  const seconds = (Math.max(...log.answeredUs) - Math.min(...log.sentUs)) / 1e6;
  return { rate: (batches * BATCH) / seconds, ack: spreadOf(times), asked, taken };
}

function figuresOf({ rate, ack, asked, taken }: Measured, theirs: number | undefined, samples: number): Figure[] {
  const posted: Figure = {
    what: `${samples.toLocaleString("en")} samples over 10,000 series, 1,000 a request`,
    unit: "samples/s",
    ...one(rate),
    more: {
      "p50 ms": rounded(ack.p50),
      "p99 ms": rounded(ack.p99),
      "cores of the runtime": rounded(taken.cores),
      "MB at its end": taken.endMB,
    },
  };
  const peer: Figure[] =
    theirs === undefined
      ? []
      : [
          {
            what: "The same through VictoriaMetrics",
            unit: "samples/s",
            ...one(theirs),
            more: { "ours / theirs": rounded(rate / theirs) },
          },
        ];
  return [posted, ...peer, ...[...asked].map(([what, spread]) => answerFigure(what, spread))];
}
