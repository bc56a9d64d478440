/* Rounds: `hello` and the thing itself, one right after the other, and the medians of both. */
import { Refusal } from "./refusal.ts";
import { type Aim, type Context, type Figure, HELLO_AT_LEAST } from "./scenario.ts";
import { median } from "./statistics.ts";
import { getWithWrk } from "./wrk.ts";

const HELLO_SECONDS = { full: 2, quick: 1 };
const CONNECTIONS = 64;
/** The first try finds the runtime cold. */
const TRIES = 4;

/** Stops a benchmark that would measure something else than the product. */
export async function requireHello({ hello, acceptSlow, say }: Context): Promise<void> {
  if (hello === undefined) return;
  let best = 0;
  for (let i = 0; i < TRIES && best < HELLO_AT_LEAST; i++) {
    const load = { connections: CONNECTIONS, seconds: HELLO_SECONDS.full };
    best = Math.max(best, (await getWithWrk(hello.url, load)).requestsPerSecond);
  }
  if (best >= HELLO_AT_LEAST) return;
  const fault =
    `hello answers ${Math.round(best)}/s where ${HELLO_AT_LEAST} is the least: ` +
    "the socket is not workerd's own, or the machine is slow or busy.";
  if (!acceptSlow) throw new Refusal(`${fault} On a machine that is no faster, --accept-slow measures all the same.`);
  say(`! ${fault}`);
}

export async function helloPerSecond({ hello, quick }: Context): Promise<number> {
  if (hello === undefined) throw new Error("hello was not started.");
  const seconds = quick ? HELLO_SECONDS.quick : HELLO_SECONDS.full;
  return (await getWithWrk(hello.url, { connections: CONNECTIONS, seconds })).requestsPerSecond;
}

export interface Round {
  value: number;
  /** Numbers that are shown beside it, as medians of the rounds. */
  more?: Record<string, number>;
}

export interface Measurement {
  what: string;
  unit: string;
  aims?: Aim[];
  /** Measures once; `round` counts from 0. */
  round: (round: number) => Promise<Round>;
}

/** The figure of a measurement; without a share where dividing by `hello` means nothing. */
export async function measure(context: Context, measurement: Measurement, besideHello = true): Promise<Figure> {
  const { what, unit, aims, round } = measurement;
  const hellos: number[] = [];
  const rounds: Round[] = [];
  for (let i = 0; i < context.rounds; i++) {
    hellos.push(await helloPerSecond(context));
    rounds.push(await round(i));
  }
  const values = rounds.map(({ value }) => value);
  const shares = values.map((value, i) => value / (hellos[i] as number));
  const figure: Figure = { what, unit, value: median(values), rounds: values, hello: median(hellos) };
  if (besideHello) figure.share = median(shares);
  if (aims !== undefined) figure.aims = aims;
  const more = mediansOf(rounds);
  if (Object.keys(more).length > 0) figure.more = more;
  context.say(`  ${what}: ${Math.round(figure.value * 100) / 100} ${unit} ${JSON.stringify(more)}`);
  return figure;
}

function mediansOf(rounds: Round[]): Record<string, number> {
  const names = new Set(rounds.flatMap(({ more }) => Object.keys(more ?? {})));
  return Object.fromEntries([...names].map((name) => [name, median(rounds.flatMap(({ more }) => more?.[name] ?? []))]));
}
