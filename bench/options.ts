/* What `npm run bench` can be told. */
import { parseArgs } from "node:util";
import { Refusal } from "./refusal.ts";

export interface Options {
  /** One short round each: shows that everything runs, not what it is worth. */
  quick: boolean;
  /** Names of scenarios, with --only or as they are; all when empty. */
  only: string[];
  /** Measures although `hello` is too slow, and marks the figures. --quick does so anyway. */
  acceptSlow: boolean;
  /** Only writes docs/benchmarks.md from the results there are. */
  reportOnly: boolean;
}

export function parseOptions(args: string[], names: string[]): Options {
  const known = `Known: ${names.join(", ")}; --only (a name, may repeat), --quick, --accept-slow, --report.`;
  let values: { quick?: boolean; only?: string[]; "accept-slow"?: boolean; report?: boolean };
  let positionals: string[];
  try {
    const flags = {
      quick: { type: "boolean" },
      only: { type: "string", multiple: true },
      "accept-slow": { type: "boolean" },
      report: { type: "boolean" },
    } as const;
    ({ values, positionals } = parseArgs({ args, options: flags, allowPositionals: true }));
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : error} ${known}`);
  }
  const only = [...positionals, ...(values.only ?? [])].flatMap((text) => text.split(","));
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Refusal(`There is no scenario ${unknown}. ${known}`);
  const quick = values.quick ?? false;
  return { quick, only, acceptSlow: quick || (values["accept-slow"] ?? false), reportOnly: values.report ?? false };
}
