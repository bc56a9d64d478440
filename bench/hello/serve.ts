/* `hello` and its like (scripts.ts): a Worker on the set-up of tools/serve.ts with nothing of the product in it. What `hello`
 * answers per second is the ceiling of the platform on this machine; every figure is given beside it.
 * Started by servers.ts with a channel; it ends when the channel does. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfiguration, servingOptions } from "../../tools/serve/configuration.ts";
import { startRuntime } from "../../tools/serve/runtime.ts";
import { SCRIPTS, type ScriptName } from "./scripts.ts";

async function main(port: number, name: ScriptName, bindings: Record<string, string>): Promise<void> {
  const storage = mkdtempSync(join(tmpdir(), "tidings-hello-"));
  const configuration = readConfiguration();
  const classes = configuration.config.durable_objects.bindings.map((binding) => binding.class_name);
  const script = SCRIPTS[name]([...new Set(classes)]);
  const options = servingOptions(configuration, { script, host: "127.0.0.1", port, bindings, storage });
  const miniflare = await startRuntime(options, {
    onEnd: (reason) => {
      console.error(`${name} ended: ${reason}`);
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
const [, , port, name, bindings] = process.argv;
await main(Number(port), name as ScriptName, JSON.parse(bindings as string));
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.removeAllListeners(signal);
  process.on(signal, () => {});
}
