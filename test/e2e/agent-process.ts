/* The bundled agent, unpacked as npx would, and a process of it. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { onTestFinished, type TestContext } from "vitest";
import { packAgent } from "../../tools/agent-package.ts";

/** The path of the program. */
export async function unpackAgent(folder: string): Promise<string> {
  await packAgent(join(folder, "agent.tgz"));
  execFileSync("tar", ["xzf", "agent.tgz"], { cwd: folder });
  return join(folder, "package/tidings-agent.cjs");
}

/** The test that a process belongs to; tests that run side by side say which they are. */
export type Owner = Pick<TestContext, "onTestFinished">;

/** Node with a program; killed when the test is over. */
export class Process {
  output = "";
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;

  constructor(args: string[], env: NodeJS.ProcessEnv = process.env, owner: Owner = { onTestFinished }) {
    this.child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], env });
    this.ended = once(this.child, "exit");
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (text: Buffer) => {
        this.output += text.toString();
      });
    }
    owner.onTestFinished(() => this.kill());
  }

  /** The exit code, once it has ended. */
  async code(): Promise<number | null> {
    await this.ended;
    return this.child.exitCode;
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  /** The ids of the samples that the agent took, as it says with --verbose. */
  get sampled(): string[] {
    return [...this.output.matchAll(/sampled (\S+):/g)].map((match) => match[1] as string);
  }
}
