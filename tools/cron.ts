/* `npm run cron -- <name>`: runs one cron of the running server now. */
import { parseArgs } from "node:util";
import { stateFolderOf } from "./serve/options.ts";
import { reasonOf } from "./serve/refusal.ts";
import { holderOf } from "./serve/state-folder.ts";

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: { state: { type: "string" } }, allowPositionals: true });
  const state = stateFolderOf(values.state, process.env);
  const control = holderOf(state)?.control;
  if (control === undefined) {
    console.error(`No server is running on ${state}. Start it with npm start, or name its folder with --state.`);
    return 1;
  }
  const response = await fetch(`http://127.0.0.1:${control.port}/cron/${encodeURIComponent(positionals[0] ?? "")}`, {
    method: "POST",
    headers: { authorization: `Bearer ${control.token}` },
  });
  const message = await response.text();
  if (response.ok) console.log(message);
  else console.error(message);
  return response.ok ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(reasonOf(error));
  process.exitCode = 1;
}
