/* What the agent can be told: flags first, then the environment, then defaults. */
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Refusal, reasonOf } from "./refusal.ts";

export interface Server {
  /** Of the node: https://host/api/v1/nodes/web-1 */
  nodeUrl: string;
  key: string;
  node: string;
}

export interface Options {
  mode: "run" | "once" | "print";
  /** Absent for --print, which tells nobody. */
  server: Server | undefined;
  pool: string | undefined;
  intervalS: number;
  /** Said by the operator, and no default. */
  isIntervalGiven: boolean;
  /** Undefined: as the server wishes, or every sixth beat. */
  metricsEvery: number | undefined;
  spoolFolder: string;
  spoolMaxBytes: number;
  verbose: boolean;
}

const FLAGS = {
  url: { type: "string" },
  key: { type: "string" },
  node: { type: "string" },
  pool: { type: "string" },
  interval: { type: "string" },
  "metrics-every": { type: "string" },
  spool: { type: "string" },
  "spool-max-mb": { type: "string" },
  once: { type: "boolean" },
  print: { type: "boolean" },
  verbose: { type: "boolean" },
  version: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

type Flag = keyof typeof FLAGS;
type Flags = ReturnType<typeof flagsOf>;

export const HELP = `tidings-agent --url URL --key KEY --node ID [--pool POOL]
  --url URL            where Tidings is, such as https://tidings.example
  --key KEY            a key that may beat for this node; better as TIDINGS_KEY
  --node ID            what this machine is called
  --pool POOL          the group it belongs to
  --interval S         seconds between beats, 1 to 300; 10
  --metrics-every N    metrics with every Nth beat; as the server wishes, else 6
  --once               one beat with metrics, over HTTP
  --print              one sample as JSON, sent to nobody
  --spool DIR          where metrics wait while the server is away
  --spool-max-mb MB    how much may wait; 20
  --verbose            say more
Each may come from the environment: TIDINGS_URL, TIDINGS_KEY, TIDINGS_NODE, TIDINGS_POOL, TIDINGS_INTERVAL, …`;

const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

function flagsOf(args: string[]) {
  try {
    return parseArgs({ args, options: FLAGS, allowPositionals: false }).values;
  } catch (error) {
    throw new Refusal(`${reasonOf(error)}. --help lists what there is.`);
  }
}

/** A switch that the environment sets to 0 or false is off. */
const isOn = (text: string | undefined): boolean => text !== undefined && !["", "0", "false"].includes(text);

class Settings {
  readonly #flags: Flags;
  readonly #env: NodeJS.ProcessEnv;

  constructor(flags: Flags, env: NodeJS.ProcessEnv) {
    this.#flags = flags;
    this.#env = env;
  }

  text(flag: Flag): string | undefined {
    const given = this.#flags[flag] ?? this.#env[`TIDINGS_${flag.toUpperCase().replaceAll("-", "_")}`];
    return given === undefined || given === "" ? undefined : String(given);
  }

  isSet(flag: Flag): boolean {
    return isOn(this.text(flag));
  }

  needed(flag: Flag): string {
    const text = this.text(flag);
    if (text === undefined) throw new Refusal(`--${flag} is missing (or TIDINGS_${flag.toUpperCase()}).`);
    return text;
  }

  number(flag: Flag, min: number, max: number): number | undefined {
    const text = this.text(flag);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!(value >= min && value <= max)) {
      throw new Refusal(`--${flag} must be a number from ${min} to ${max}, not "${text}".`);
    }
    return value;
  }

  id(flag: Flag): string | undefined {
    const text = this.text(flag);
    if (text === undefined || ID.test(text)) return text;
    throw new Refusal(`--${flag} may hold letters, digits and . _ : - only, 64 at most, not "${text}".`);
  }
}

function serverIn(settings: Settings): Server {
  const text = settings.needed("url");
  const key = settings.needed("key");
  settings.needed("node");
  const node = settings.id("node") ?? "";
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    throw new Refusal(`--url must be an address such as https://tidings.example, not "${text}".`);
  }
  if (/[^\x21-\x7e]/.test(key)) throw new Refusal("--key holds a blank or another character that no key has.");
  const base = `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
  return { nodeUrl: `${base}/api/v1/nodes/${encodeURIComponent(node)}`, key, node };
}

function stateFolder(env: NodeJS.ProcessEnv): string {
  if (env.STATE_DIRECTORY) return env.STATE_DIRECTORY.split(":")[0] as string; // set by systemd
  if (process.platform === "win32" && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, "tidings-agent");
  return join(env.XDG_STATE_HOME ?? join(homedir(), ".local", "state"), "tidings-agent");
}

/** Each server and node has a folder of its own: what waits for one is never delivered to another. */
function spoolFolder(base: string, { nodeUrl, node }: Server): string {
  const address = createHash("sha256").update(nodeUrl).digest("hex").slice(0, 8);
  return join(resolve(base), `${node.replaceAll(":", "_")}-${address}`);
}

export function parseOptions(args: string[], env: NodeJS.ProcessEnv): Options | "help" | "version" {
  const flags = flagsOf(args);
  if (flags.help) return "help";
  if (flags.version) return "version";
  const settings = new Settings(flags, env);
  const mode = settings.isSet("print") ? "print" : settings.isSet("once") ? "once" : "run";
  const server = mode === "print" ? undefined : serverIn(settings);
  const intervalS = settings.number("interval", 1, 300);
  const metricsEvery = settings.number("metrics-every", 1, 86_400);
  if (metricsEvery !== undefined && !Number.isInteger(metricsEvery)) {
    throw new Refusal(`--metrics-every must be a whole number, not "${metricsEvery}".`);
  }
  const base = settings.text("spool") ?? stateFolder(env);
  return {
    mode,
    server,
    pool: settings.id("pool"),
    intervalS: intervalS ?? 10,
    isIntervalGiven: intervalS !== undefined,
    metricsEvery,
    spoolFolder: server === undefined ? resolve(base) : spoolFolder(base, server),
    spoolMaxBytes: (settings.number("spool-max-mb", 1, 10_000) ?? 20) * 1_048_576,
    verbose: settings.isSet("verbose"),
  };
}
