/* The agent as an npm package, dist/dashboard/agent.tgz: the server serves it with the page, so that
 * `npx http://HOST:8787/agent.tgz …` needs no registry. Everything it needs is bundled into one file, and the same sources make the
 * same bytes. */
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

const SOURCE = "agent";
const MODULES = "node_modules";
/** What the bundle contains beside our own code. */
const BUNDLED = ["systeminformation", "ws"];
export const AGENT_PACKAGE = "dist/dashboard/agent.tgz";
/** What it is made of, for whoever builds only what is older than its sources. */
export const AGENT_INPUTS = [
  SOURCE,
  "docs/agent.md",
  "src/domain/nodes",
  "tools/agent-package.ts",
  "package-lock.json",
];

async function bundle(version: string): Promise<Uint8Array> {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [join(SOURCE, "src/main.ts")],
    bundle: true,
    write: false,
    platform: "node",
    target: "node20",
    // CommonJS, as both packages are: their calls of require() stay what they are.
    format: "cjs",
    minify: true,
    // Native parts of ws that it does without.
    external: ["bufferutil", "utf-8-validate"],
    define: { VERSION: JSON.stringify(version) },
    banner: { js: "#!/usr/bin/env node" },
    legalComments: "none",
    logLevel: "warning",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("The bundler made nothing.");
  return file.contents;
}

/** The licences of what is bundled ask to be passed on. */
function licences(): string {
  return BUNDLED.map((name) => {
    const text = readFileSync(join(MODULES, name, "LICENSE"), "utf8").trim();
    const { version } = JSON.parse(readFileSync(join(MODULES, name, "package.json"), "utf8")) as { version: string };
    return `${name} ${version}\n\n${text}\n`;
  }).join(`\n${"-".repeat(79)}\n\n`);
}

const BLOCK = 512;

/** One file of a tar archive in the form of POSIX 1988, without times and owners. */
function tarEntry(name: string, contents: Uint8Array, mode: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "ascii");
  header.write(name, 0, 100, "utf8");
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(contents.length, 124, 12);
  octal(0, 136, 12);
  header.write("        ", 148, "ascii"); // the checksum counts itself as blanks
  header.write("0", 156, "ascii");
  header.write("ustar\0", 257, "ascii");
  header.write("00", 263, "ascii");
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  const padding = Buffer.alloc((BLOCK - (contents.length % BLOCK)) % BLOCK);
  return Buffer.concat([header, contents, padding]);
}

export async function packAgent(out = AGENT_PACKAGE): Promise<void> {
  const manifest = readFileSync(join(SOURCE, "package.json"));
  const { version } = JSON.parse(manifest.toString()) as { version: string };
  const files: [string, Uint8Array, number][] = [
    ["package.json", manifest, 0o644],
    ["tidings-agent.cjs", await bundle(version), 0o755],
    ["README.md", readFileSync("docs/agent.md"), 0o644],
    ["LICENSE", readFileSync("LICENSE"), 0o644],
    ["THIRD-PARTY.txt", Buffer.from(licences()), 0o644],
  ];
  const entries = files.map(([name, contents, mode]) => tarEntry(`package/${name}`, contents, mode));
  mkdirSync(dirname(out), { recursive: true });
  // Whole or not at all: a server may be serving the old one, and another one may be starting beside this one.
  const draft = join("dist", `agent.${process.pid}.tgz`);
  writeFileSync(draft, gzipSync(Buffer.concat([...entries, Buffer.alloc(2 * BLOCK)]), { level: 9 }));
  renameSync(draft, out);
}

/** When the package was made; 0 when there is none. */
export const packedAt = (out = AGENT_PACKAGE): number => (existsSync(out) ? statSync(out).mtimeMs : 0);
