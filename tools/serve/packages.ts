/* What the server needs of wrangler and Miniflare. Both are CommonJS in files of megabytes: `import` would read them once more,
 * only to learn what they export, and that is a second of processor time at every start. */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

export const { convertV4MiniflareOptions, Log, LogLevel, Miniflare } =
  require("miniflare") as typeof import("miniflare");

/** Loaded by whoever needs it: most starts find kept (kept.ts) what it would say. */
export const wrangler = () => require("wrangler") as typeof import("wrangler");
