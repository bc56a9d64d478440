/* The tour of README.md, run as a reader runs it: its shell commands in one shell, in order, against a real server, and
 * each answer compared with the one written below the command. `…` stands for any text. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Server, startServer } from "./server.ts";

interface Step {
  command: string;
  answer: string;
}

const SECTION = /^## A ten-minute tour\n([\s\S]*?)^## /m;
const STEP = /^```sh\n([\s\S]*?)^```\n```\w*\n([\s\S]*?)^```$/gm;
const BREAK = "--- end of a step ---";
/** Comes once a minute, to whoever listens then. */
const CANARY = /^id: .*\n?^data: .*"type":"canary".*$/gm;

function stepsOf(markdown: string): Step[] {
  const section = SECTION.exec(markdown)?.[1] ?? "";
  return [...section.matchAll(STEP)].map(([, command = "", answer = ""]) => ({ command, answer }));
}

const linesOf = (text: string): string[] => text.split("\n").filter((line) => line.trim() !== "");

function patternOf(line: string): RegExp {
  const parts = line.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}

const readme = readFileSync("README.md", "utf8");
const steps = stepsOf(readme);

describe("the tour of the README", () => {
  let server: Server;
  let answers: string[] = [];

  beforeAll(async () => {
    server = await startServer();
    const script = steps.map(({ command }) => `${command}\nprintf '\\n%s\\n' '${BREAK}'`).join("\n");
    const env = { ...process.env, TIDINGS_URL: server.url, TIDINGS_KEY: server.key };
    const { stdout } = await promisify(execFile)("sh", ["-c", script], { env });
    answers = stdout.replace(CANARY, "").split(BREAK);
  });
  afterAll(() => server.stop());

  it("has an answer below each of its commands", () => {
    const section = SECTION.exec(readme)?.[1] ?? "";
    expect(steps.length).toBeGreaterThan(5);
    expect(section.split("```sh\n").length - 1).toBe(steps.length);
  });

  it.each(steps.map((step, i) => [i + 1, step] as const))("says what step %i answers", (number, { answer }) => {
    const found = linesOf(answers[number - 1] ?? "");
    const wanted = linesOf(answer);
    expect(found).toHaveLength(wanted.length);
    for (const [i, line] of wanted.entries()) expect(found[i]).toMatch(patternOf(line));
  });
});
