/* The checker on a house that breaks each rule once. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { importsOf, pathsIn, violationsIn } from "../../tools/check-imports.mjs";

const roots: string[] = [];

function house(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), "tidings-house-"));
  roots.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return violationsIn(root);
}

afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true });
});

describe("the order of the layers", () => {
  it("lets every layer import those below it", () => {
    const files = {
      "src/domain/price.ts": 'import * as z from "zod";',
      "src/storage/tables.ts": 'import type { Price } from "../domain/price";',
      "src/durable-objects/feed.ts": 'import "../storage/tables"; import { DurableObject } from "cloudflare:workers";',
      "src/queues/rollup.ts": 'import "../storage/tables";',
      "src/worker/index.ts": 'export { Feed } from "../durable-objects/feed"; import "../queues/rollup";',
      "dashboard/src/main.ts": 'import "../../src/domain/price"; import "./page"; import { h } from "preact";',
      "dashboard/src/page.ts": "",
    };
    expect(house(files)).toEqual([]);
  });

  it.each([
    ["domain", "storage"],
    ["storage", "durable-objects"],
    ["durable-objects", "queues"],
    ["queues", "durable-objects"],
    ["durable-objects", "worker"],
    ["domain", "worker"],
  ])("does not let %s import %s, not even a type", (own, other) => {
    const files = { [`src/${own}/a.ts`]: `import type { B } from "../${other}/b";`, [`src/${other}/b.ts`]: "" };
    expect(house(files)).toEqual([`src/${own}/a.ts imports src/${other}/b.ts: ${own} may not import ${other}`]);
  });

  it("takes zod as a namespace, and its types as they are", () => {
    for (const name of ["{ z }", "z", "{ type ZodType, z }"]) {
      expect(house({ "src/domain/a.ts": `import ${name} from "zod";` })).toEqual([
        'src/domain/a.ts imports zod by name: write import * as z from "zod"',
      ]);
    }
    expect(house({ "src/domain/a.ts": 'import * as z from "zod";' })).toEqual([]);
    expect(house({ "src/domain/a.ts": 'import type { z } from "zod";' })).toEqual([]);
  });

  it("keeps the domain pure", () => {
    expect(house({ "src/domain/a.ts": 'import { sql } from "drizzle-orm";' })).toEqual([
      "src/domain/a.ts imports drizzle-orm: the domain is pure",
    ]);
  });

  it("shows clients the domain only", () => {
    const files = { "dashboard/src/a.ts": 'import "../../src/storage/tables";', "src/storage/tables.ts": "" };
    expect(house(files)).toEqual([
      "dashboard/src/a.ts imports src/storage/tables.ts: dashboard may import src/domain and itself only",
    ]);
  });
});

describe("circles", () => {
  it("finds one through types and import()", () => {
    const files = {
      "src/domain/a.ts": 'import type { B } from "./b";',
      "src/domain/b.ts": 'export type C = import("./c").C;',
      "src/domain/c.ts": 'export * from "./a";',
    };
    expect(house(files)).toEqual(["src/domain/a.ts → src/domain/b.ts → src/domain/c.ts → src/domain/a.ts is a circle"]);
  });

  it("knows a diamond from a circle", () => {
    const files = {
      "src/domain/a.ts": 'import "./b"; import "./c";',
      "src/domain/b.ts": 'import "./d";',
      "src/domain/c.ts": 'import "./d";',
      "src/domain/d.ts": "",
    };
    expect(house(files)).toEqual([]);
  });
});

describe("length", () => {
  it("takes 300 lines and not one more", () => {
    expect(house({ "src/domain/a.ts": "x\n".repeat(300) })).toEqual([]);
    for (const path of ["tools/a.ts", "test/worker/a.test.ts"]) {
      expect(house({ [path]: "x\n".repeat(301) })).toEqual([`${path} has 301 lines; 300 is the most`]);
    }
  });
});

describe("paths in the documentation", () => {
  it("misses those that do not exist", () => {
    const files = {
      "README.md":
        "See `src/domain/a.ts`, `src/gone.ts`, [the map](docs/map.md), [nothing](docs/nothing.md#part) and `gone.ts`.",
      "docs/map.md":
        "Back to [the start](../README.md) or [nowhere](nowhere.md); `prices/AAPL` is a topic, `src/<name>.ts` a pattern.",
      "src/domain/a.ts": "",
    };
    expect(house(files)).toEqual([
      "README.md names src/gone.ts, which does not exist",
      "README.md names gone.ts, which does not exist",
      "README.md names docs/nothing.md, which does not exist",
      "docs/map.md names nowhere.md, which does not exist",
    ]);
  });

  it("leaves code blocks and other sites alone", () => {
    expect(pathsIn("```\n`src/gone.ts`\n```\n[site](https://example.com/src/gone.ts)")).toEqual({
      ticked: [],
      linked: [],
    });
  });
});

describe("what counts as an import", () => {
  it("is every form there is, and none in a comment", () => {
    const code = `/* import "a" */
      // import "b"
      import "c"; import d from 'd'; export * from "e";
      import {
        f,
      } from "f";
      const g = await import("g");`;
    expect(importsOf(code)).toEqual(["c", "d", "e", "f", "g"]);
  });
});
