import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { keep, recall } from "../../tools/serve/kept.ts";

const place = mkdtempSync(join(tmpdir(), "tidings-kept-"));
afterAll(() => rmSync(place, { recursive: true }));

describe("a result that follows from files", () => {
  const folder = join(place, "kept");
  const source = join(place, "source.ts");
  const absent = join(place, "absent.ts");
  const value = { script: "export {}", define: undefined, none: null };

  beforeEach(() => {
    rmSync(folder, { recursive: true, force: true });
    rmSync(absent, { force: true });
    writeFileSync(source, "one");
    keep(["bundle", "a"], { value, files: [source, absent] }, folder);
  });

  it("is what it was while they are", () => {
    expect(recall(["bundle", "a"], folder)).toStrictEqual(value);
    writeFileSync(source, "one");
    expect(recall(["bundle", "a"], folder)).toStrictEqual(value);
  });

  it("is not that of another question, and nothing before it was made", () => {
    expect(recall(["bundle", "b"], folder)).toBeUndefined();
    expect(recall(["bundle", "a"], join(place, "elsewhere"))).toBeUndefined();
  });

  it("is forgotten when one of them changes, and when one goes", () => {
    writeFileSync(source, "two");
    expect(recall(["bundle", "a"], folder)).toBeUndefined();
    rmSync(source);
    expect(recall(["bundle", "a"], folder)).toBeUndefined();
  });

  it("is forgotten when one appears that was looked for in vain", () => {
    writeFileSync(absent, "now");
    expect(recall(["bundle", "a"], folder)).toBeUndefined();
  });

  it("is made anew where it cannot be read", () => {
    const [file] = readdirSync(folder).map((name) => join(folder, name)) as [string];
    writeFileSync(file, readFileSync(file).subarray(0, 20));
    expect(recall(["bundle", "a"], folder)).toBeUndefined();
  });

  it("is given all the same where nothing can be kept", () => {
    expect(keep(["bundle", "a"], { value, files: [source] }, join(source, "under a file"))).toBe(value);
    expect(recall(["bundle", "a"], join(source, "under a file"))).toBeUndefined();
  });

  it("is read by nobody but its owner: a developer's secrets may be in it", () => {
    const [file] = readdirSync(folder).map((name) => join(folder, name)) as [string];
    expect(statSync(file).mode & 0o077).toBe(0);
  });
});
