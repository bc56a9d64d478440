/* What an operator may tune, parsed once per isolate. A bad value is named in the error. */
import * as z from "zod";
import { GRACE_MAX_MS } from "./alerts/area";
import { parseRules } from "./requests/endpoint";

function whole(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.number({ error }).int(error).min(min, error).max(max, error);
}

const optionalCount = z
  .string()
  .default("")
  .transform((text) => (text.trim() === "" ? undefined : Number(text)))
  .pipe(whole(1, 10_000).optional());

const count = (fallback: number, min: number, max: number) =>
  z.string().default(String(fallback)).transform(Number).pipe(whole(min, max));

const SHARE = "must be a number from 0 to 1";
const share = z
  .string()
  .default("0")
  .transform(Number)
  .pipe(z.number({ error: SHARE }).min(0, SHARE).max(1, SHARE));

const list = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((s) => s.trim())
      .filter((s) => s !== ""),
  );

const endpointRules = z
  .string()
  .default("")
  .transform((text, ctx) => {
    try {
      return parseRules(text);
    } catch (error) {
      ctx.addIssue({ code: "custom", message: (error as Error).message });
      return z.NEVER;
    }
  });

export const Settings = z.object({
  PRICE_PARTITIONS: optionalCount,
  AREA_PARTITIONS: optionalCount,
  NODE_PARTITIONS: optionalCount,
  /** Objects that share the series of one source. */
  INTAKE_PARTITIONS: count(10, 1, 1_000),
  /** Series one of them takes before the label that explodes is written as one. */
  SERIES_LIMIT: count(1_000, 1, 20_000),
  /** Objects that share the requests of one source; one, when it is not said. */
  REQUEST_PARTITIONS: optionalCount,
  /** What endpoints are ranked as, before ids are told by their looks. */
  ENDPOINT_RULES: endpointRules,
  /** Whether clients' addresses in access logs are kept as hashes. */
  HASH_CLIENTS: z
    .enum(["", "false", "true"], { error: () => "must be true or false" })
    .default("")
    .transform((text) => text === "true"),
  /** Share of our own API's requests that are recorded. */
  OWN_TRAFFIC_SAMPLE: share,
  SPOOLS: count(16, 1, 1_000),
  /** Milliseconds after its close in which an aggregate of alerts may still be corrected. */
  ALERT_GRACE_MS: count(600_000, 0, GRACE_MAX_MS),
  /** Who CAP messages say they are from; the protocol forbids spaces, commas, < and & in it. */
  CAP_SENDER: z
    .string()
    .trim()
    .default("tidings")
    .pipe(z.string().regex(/^[^\s,<&]{1,200}$/, "must not be empty or hold spaces, commas, < or &")),
  HUB_MAX_SOCKETS: count(4_096, 1, 32_768),
  HUB_MAX: count(256, 1, 65_536),
  HUB_CHILDREN: count(256, 2, 65_536),
  /** New streams without a key, per client address and isolate. */
  PUBLIC_SOCKETS_PER_MINUTE: count(6_000, 1, 1_000_000),
  /** Milliseconds parts may gather before they leave. */
  OUTBOX_DELAY_MS: count(60_000, 0, 3_600_000),
  /** The account whose Analytics Engine is asked; with the secret AE_API_TOKEN. Empty: it is not asked. */
  AE_ACCOUNT_ID: z.string().trim().default(""),
  AE_API_URL: z.url().default("https://api.cloudflare.com/client/v4"),
  /** Nodes that one key may register by their first beat, an hour and isolate. */
  NEW_NODES_PER_HOUR: count(1_000, 0, 1_000_000),
  /** Requests to the API that one isolate works on at a time; more are refused at once. */
  MAX_WAITING: count(1_000, 1, 100_000),
  CORS_ORIGINS: list,
  PUBLIC_TOPICS: list,
});
export type Settings = z.infer<typeof Settings>;

let parsed: { env: unknown; settings: Settings } | undefined;

/** Throws with the name of each bad variable. */
export function settingsOf(env: object): Settings {
  if (parsed?.env === env) return parsed.settings;
  const result = Settings.safeParse(env);
  if (!result.success) {
    const names = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`Bad settings: ${names.join("; ")}`);
  }
  parsed = { env, settings: result.data };
  return result.data;
}
