/* The crons of the code and of wrangler.toml. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CRONS } from "../../src/worker/schedule";

it("are the same", () => {
  const line = /^crons = (\[.*?\])/m.exec(readFileSync("wrangler.toml", "utf8"))?.[1] ?? "";
  expect(JSON.parse(line)).toEqual(Object.values(CRONS));
});
