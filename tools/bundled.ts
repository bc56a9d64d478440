/* Loads code that is written for another runtime, as the product is: bundled first, since Node does not find its imports. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

/** `T` is what the module exports. */
export async function loadModule<T>(module: URL): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "tidings-bundled-"));
  try {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(module)],
      bundle: true,
      write: false,
      format: "esm",
      platform: "node",
      target: "es2024",
    });
    const bundle = join(folder, "bundle.mjs");
    writeFileSync(bundle, outputFiles[0]?.text ?? "");
    return (await import(pathToFileURL(bundle).href)) as T;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
