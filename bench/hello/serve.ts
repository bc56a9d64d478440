/* `hello`: a Worker that answers one word, on the set-up of tools/serve.ts with nothing of the product in it. What it
 * answers per second is the ceiling of the platform on this machine; every figure is given beside it.
 * Started by servers.ts with a channel; it ends when the channel does. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfiguration, servingOptions } from "../../tools/serve/configuration.ts";
import { startRuntime } from "../../tools/serve/runtime.ts";

/** The same bindings need the same classes, here without content. */
function scriptFor(classes: string[]): string {
  const exported = classes.map((name) => `export class ${name} extends DurableObject {}`).join("\n");
  return `import { DurableObject } from "cloudflare:workers";
${exported}
export default { fetch: () => new Response("hello"), queue: () => {} };`;
}

async function main(port: number): Promise<void> {
  const storage = mkdtempSync(join(tmpdir(), "tidings-hello-"));
  const configuration = readConfiguration();
  const classes = configuration.config.durable_objects.bindings.map((binding) => binding.class_name);
  const script = scriptFor([...new Set(classes)]);
  const options = servingOptions(configuration, { script, host: "127.0.0.1", port, bindings: {}, storage });
  const miniflare = await startRuntime(options, {
    onEnd: (reason) => {
      console.error(`hello ended: ${reason}`);
      process.exit(1);
    },
  });
  process.once("disconnect", async () => {
    await miniflare.dispose();
    rmSync(storage, { recursive: true, force: true });
    process.exit(0);
  });
  process.send?.("ready");
}

// Ctrl-C reaches the whole group of processes; the channel's end is what this one heeds.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
await main(Number(process.argv[2]));
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.removeAllListeners(signal);
  process.on(signal, () => {});
}
