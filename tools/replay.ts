/* `npm run replay -- --from <time> --to <time>`: reads an installation's archive back, runs the entries through the product's
 * own code again, and compares what comes out with what the installation answers. So it tries the backup.
 *
 *   --from, --to   event time: RFC 3339, epoch ms, or a date; --to is now without it
 *   --domain       prices, alerts, nodes, metrics or requests; all without it
 *   --state        the state folder of a running server; its address and admin key are taken from there (.tidings)
 *   --url, --key   any installation; the key is an admin's, TIDINGS_ADMIN_KEY without it
 *
 * Ends with 0 when everything is equal, else with 1 and every difference. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadModule } from "./bundled.ts";
import { ask, type Installation, linesOf, notArchived, partsSince } from "./replay/archive.ts";
import type { Comparison, Replayer, ReplaySpan } from "./replay/replayer.ts";
import { stateFolderOf } from "./serve/options.ts";
import { Refusal, reasonOf } from "./serve/refusal.ts";
import { holderOf } from "./serve/state-folder.ts";

const FLAGS = {
  from: { type: "string" },
  to: { type: "string" },
  domain: { type: "string" },
  state: { type: "string" },
  url: { type: "string" },
  key: { type: "string" },
} as const;

/** What the clock says (the close of a minute) is no event that is counted, and is archived after a minute or two. */
const RECENT_MS = 5 * 60_000;

type Replayers = Record<string, (span: ReplaySpan) => Replayer>;

function timeOf(text: string | undefined, flag: string): number {
  const at = /^\d+$/.test(text ?? "") ? Number(text) : Date.parse(text ?? "");
  if (Number.isFinite(at)) return at;
  throw new Refusal(`${flag} must be a time, such as 2026-11-21T10:00:00Z, not "${text ?? ""}".`);
}

function installationOf(flags: { url?: string; key?: string; state?: string }): Installation {
  const state = stateFolderOf(flags.state, process.env);
  const url = flags.url ?? holderOf(state)?.url;
  if (url === undefined) throw new Refusal(`No server is running on ${state}. Start it, or name one with --url.`);
  const file = join(state, "admin-key");
  const kept = flags.url === undefined && existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
  const key = flags.key ?? process.env.TIDINGS_ADMIN_KEY ?? kept;
  if (!key) throw new Refusal("Name an admin's key with --key or TIDINGS_ADMIN_KEY.");
  return { url: url.replace(/\/$/, ""), key };
}

async function replayDomain(
  from: Installation,
  domain: string,
  replayer: Replayer,
  since: number,
): Promise<Comparison[]> {
  let entries = 0;
  const parts = await partsSince(from, domain, since);
  for (const part of parts) {
    for (const line of await linesOf(from, part)) {
      replayer.take(line);
      entries++;
    }
  }
  console.log(`${domain}: ${entries} entries in ${parts.length} parts of the archive`);
  return replayer.compare((path) => ask(from, path));
}

function show(comparisons: readonly Comparison[]): void {
  for (const { what, compared, differences } of comparisons) {
    const verdict = differences.length === 0 ? "equal" : `${differences.length} DIFFERENT`;
    console.log(`  ${what.padEnd(36)} ${String(compared).padStart(8)}   ${compared === 0 ? "none" : verdict}`);
  }
  for (const { what, differences } of comparisons) {
    for (const { key, archived, stored } of differences) {
      console.log(
        `  ${what}: ${key}\n    archived ${JSON.stringify(archived)}\n    stored   ${JSON.stringify(stored)}`,
      );
    }
  }
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: FLAGS });
  const span = {
    from: timeOf(values.from, "--from"),
    to: values.to === undefined ? Date.now() : timeOf(values.to, "--to"),
  };
  if (span.from >= span.to) throw new Refusal("--from must lie before --to.");
  const installation = installationOf(values);
  const { REPLAYERS } = await loadModule<{ REPLAYERS: Replayers }>(new URL("replay/replayers.ts", import.meta.url));
  const names = values.domain === undefined ? Object.keys(REPLAYERS) : [values.domain];
  let compared = 0;
  let different = 0;
  for (const name of names) {
    const make = REPLAYERS[name];
    if (make === undefined) throw new Refusal(`No domain "${name}". There are: ${Object.keys(REPLAYERS).join(", ")}.`);
    const comparisons = await replayDomain(installation, name, make(span), span.from);
    show(comparisons);
    for (const comparison of comparisons) {
      compared += comparison.compared;
      different += comparison.differences.length;
    }
  }
  const pending = await notArchived(installation);
  if (pending > 0) {
    console.log(`${pending} events are not in the archive yet: what they change differs. Try in a minute.`);
  } else if (different > 0 && span.to > Date.now() - RECENT_MS) {
    console.log("What the clock said in the last minutes may not be archived yet. Try again, or with an earlier --to.");
  }
  console.log(different === 0 ? `Equal: ${compared} compared.` : `${different} of ${compared} are different.`);
  return different === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(reasonOf(error));
  process.exitCode = 1;
}
