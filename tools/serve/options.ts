/* What `npm start` can be told: flags first, then the environment, then defaults. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { Refusal, reasonOf } from "./refusal.ts";

export interface Options {
  port: number;
  host: string;
  /** Absolute path of the state folder. */
  state: string;
  demo: boolean;
  /** How many times faster than they happened the demo replays prices and alerts. */
  speed: number;
}

const FLAGS = {
  port: { type: "string" },
  host: { type: "string" },
  state: { type: "string" },
  demo: { type: "boolean" },
  speed: { type: "string" },
} as const;

function numberIn(text: string, name: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= min && value <= max)) {
    throw new Refusal(`${name} must be a number from ${min} to ${max}, not "${text}".`);
  }
  return value;
}

function flagsOf(args: string[]) {
  try {
    return parseArgs({ args, options: FLAGS, allowPositionals: false }).values;
  } catch (error) {
    throw new Refusal(
      `${reasonOf(error)} Known: ${Object.keys(FLAGS)
        .map((flag) => `--${flag}`)
        .join(" ")}.`,
    );
  }
}

export function stateFolderOf(flag: string | undefined, env: NodeJS.ProcessEnv): string {
  const folder = flag ?? env.TIDINGS_STATE ?? ".tidings";
  // An empty one, of a variable that nobody has set, would be the folder one happens to be in.
  if (folder === "") throw new Refusal("The state folder must have a name: --state DIR or TIDINGS_STATE=DIR.");
  return resolve(folder);
}

export function parseOptions(args: string[], env: NodeJS.ProcessEnv): Options {
  const flags = flagsOf(args);
  const port = numberIn(flags.port ?? env.PORT ?? "8787", "The port", 1, 65_535);
  if (!Number.isInteger(port)) throw new Refusal(`The port must be a whole number, not "${port}".`);
  return {
    port,
    host: flags.host ?? env.TIDINGS_HOST ?? "127.0.0.1",
    state: stateFolderOf(flags.state, env),
    demo: flags.demo ?? false,
    speed: numberIn(flags.speed ?? "1", "--speed", 0.01, 10_000),
  };
}

/** Where a person or a test on this machine reaches the server. */
export function urlOf({ host, port }: Pick<Options, "host" | "port">): string {
  if (host === "127.0.0.1" || host === "0.0.0.0") return `http://localhost:${port}`;
  if (host === "::" || host === "::1") return `http://[::1]:${port}`;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
