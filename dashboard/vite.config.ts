/* The page: static files in dist/dashboard, served by the Worker at `/`. */
import { fileURLToPath } from "node:url";
import preact from "@preact/preset-vite";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** `vite` alone serves the sources; the API is then the local server's. */
const server = process.env.TIDINGS_URL ?? "http://127.0.0.1:8787";

export default defineConfig({
  root: here("."),
  plugins: [preact({ reactAliasesEnabled: false })],
  build: { outDir: here("../dist/dashboard"), emptyOutDir: true, target: "es2022", sourcemap: false },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": { target: server, ws: true }, "/healthz": server },
  },
});
