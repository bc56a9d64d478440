/* Rounds: `hello` and the thing itself, one right after the other, and the medians of both. */
import { Refusal } from "./refusal.ts";
import type { Aim, Context, Figure } from "./scenario.ts";
import { median } from "./statistics.ts";
import { getWithWrk } from "./wrk.ts";

/** Below this the socket is not the direct one, or something else has the machine. */
export const HELLO_AT_LEAST = 15_000;

const HELLO_SECONDS = { full: 2, quick: 1 };

export async function helloPerSecond({ hello, quick, say }: Context): Promise<number> {
  if (hello === undefined) throw new Error("hello was not started.");
  const seconds = quick ? HELLO_SECONDS.quick : HELLO_SECONDS.full;
  const { requestsPerSecond } = await getWithWrk(hello.url, { connections: 64, seconds });
  if (requestsPerSecond >= HELLO_AT_LEAST) return requestsPerSecond;
  const fault =
    `hello answers ${Math.round(requestsPerSecond)}/s where ${HELLO_AT_LEAST} is the least: ` +
    "the socket is wrong, or the machine is not quiet.";
  if (!quick) throw new Refusal(`${fault} Nothing measured now would mean anything.`);
  say(`  ! ${fault}`);
  return requestsPerSecond;
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
