/* wrangler as a child process: what it was asked, what it answered. Tests put a recording one in its place. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Refusal } from "../serve/refusal.ts";

const WRANGLER = process.env.TIDINGS_WRANGLER ?? join("node_modules", "wrangler", "bin", "wrangler.js");

export interface Answer {
  ok: boolean;
  out: string;
}

export interface Ask {
  /** Written to its standard input, for secrets: an argument would be readable by every user of the machine. */
  input?: string;
  /** Shows what wrangler writes while it works. */
  shown?: boolean;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one.
const COLOURS = /\x1b\[[0-9;]*m/g;

/** Output and errors in one text, without colours: wrangler puts its reasons in either, and paints them in pipes too. */
export function askWrangler(args: string[], { input, shown = false }: Ask = {}): Promise<Answer> {
  const child = spawn(process.execPath, [WRANGLER, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  let out = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text: Buffer) => {
      out += text.toString();
      if (shown) process.stderr.write(text);
    });
  }
  child.stdin.end(input ?? "");
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ ok: code === 0, out: out.replaceAll(COLOURS, "") }));
  });
}

/** What wrangler says of an account that it cannot reach. It takes us for a program, and so leaves out that a person may sign in. */
const SIGNED_OUT = /necessary to set a CLOUDFLARE_API_TOKEN|not (authenticated|logged in)/;

/** The line that says why, without wrangler's frame around it. */
function reasonIn(out: string): string {
  if (SIGNED_OUT.test(out)) return "sign in with npx wrangler login, or set CLOUDFLARE_API_TOKEN";
  const lines = out.split("\n").map((line) => line.replace(/^\s*[✘X]?\s*\[ERROR\]\s*/, "").trim());
  const marked = out.split("\n").findIndex((line) => line.includes("[ERROR]"));
  return lines[marked] ?? lines.find((line) => line !== "") ?? "no reason given";
}

export async function mustAsk(args: string[], ask: Ask = {}): Promise<string> {
  const { ok, out } = await askWrangler(args, ask);
  if (!ok) throw new Refusal(`wrangler ${args.slice(0, 3).join(" ")} failed: ${reasonIn(out)}`);
  return out;
}

/** wrangler may say a word before the JSON it was asked for. */
export function jsonIn<T>(out: string): T {
  const start = out.search(/^[[{]/m);
  try {
    return JSON.parse(out.slice(start)) as T;
  } catch {
    throw new Refusal(`wrangler answered something that is no JSON: ${reasonIn(out)}`);
  }
}
