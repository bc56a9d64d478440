/* A wrangler that deploys nothing: it keeps an account in a file and records what it was asked.
 * FAKE_ACCOUNT names the file: { databases, queues, buckets, secrets, scheme, hasTables, signedOut, calls }. */
import { readFileSync, writeFileSync } from "node:fs";

const file = process.env.FAKE_ACCOUNT;
const account = JSON.parse(readFileSync(file, "utf8"));
const args = process.argv.slice(2);
const input = readFileSync(0, "utf8");
const config = args.includes("--config") ? readFileSync(args[args.indexOf("--config") + 1], "utf8") : "";

account.calls.push({ args, input, databaseId: /database_id = "(.*)"/.exec(config)?.[1] });

/** Painted as wrangler does, also where nobody sees it. */
function fail(message) {
  console.error(`\n\x1b[31m✘ \x1b[41;31m[\x1b[41;97mERROR\x1b[41;31m]\x1b[0m \x1b[1m${message}\x1b[0m\n`);
  process.exitCode = 1;
}

const schemeRow = () => ({ name: "prices.partitions", value: account.scheme });

const COMMANDS = {
  "d1 list": () => console.log(JSON.stringify(account.databases)),
  "d1 create": () => account.databases.push({ name: args[2], uuid: `id-of-${args[2]}` }),
  "d1 execute": () =>
    account.hasTables
      ? console.log(JSON.stringify([{ results: account.scheme === undefined ? [] : [schemeRow()] }]))
      : fail("no such table: facts: SQLITE_ERROR"),
  "d1 migrations": () => {
    account.hasTables = true;
  },
  "queues info": () => account.queues.includes(args[2]) || fail(`Queue "${args[2]}" does not exist.`),
  "queues create": () => account.queues.push(args[2]),
  "r2 bucket": () => {
    if (args[2] === "create") account.buckets.push(args[3]);
    else if (!account.buckets.includes(args[3])) fail("The specified bucket does not exist. [code: 10006]");
  },
  "secret list": () => console.log(JSON.stringify(account.secrets.map((name) => ({ name, type: "secret_text" })))),
  "secret put": () => account.secrets.push(args[2]),
  deploy: () => console.log("Deployed."),
};

const run = COMMANDS[args.slice(0, 2).join(" ")] ?? COMMANDS[args[0]];
const UNSIGNED = "it's necessary to set a CLOUDFLARE_API_TOKEN environment variable for wrangler to work.";
if (account.signedOut) fail(`In a non-interactive environment, ${UNSIGNED}`);
else if (run === undefined) fail(`Unknown arguments: ${args.join(" ")}`);
else run();
writeFileSync(file, JSON.stringify(account));
