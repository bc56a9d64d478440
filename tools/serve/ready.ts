/* When the server may be announced: /healthz answers 200. */
import { createServer } from "node:net";
import { Refusal, reasonOf } from "./refusal.ts";

const READY_WITHIN_MS = 30_000;
const ASK_EVERY_MS = 50;

const portUsed = (host: string, port: number) =>
  new Refusal(`Port ${port} is in use on ${host}. Choose another with --port.`);

/** Asked before anything is built, so that a used port is told at once. */
export function refuseUsedPort(host: string, port: number): Promise<void> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once("error", (error: NodeJS.ErrnoException) => {
      const cannot = new Refusal(`Cannot listen on ${host}:${port}: ${reasonOf(error)}`);
      reject(error.code === "EADDRINUSE" ? portUsed(host, port) : cannot);
    });
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}

/** What stopped the runtime's start. Somebody may have taken the port since it was asked for, which Miniflare tells as a stack. */
export function startFailure(error: unknown, host: string, port: number): unknown {
  return (error as NodeJS.ErrnoException).code === "ERR_ADDRESS_IN_USE" ? portUsed(host, port) : error;
}

interface Problem {
  type?: string;
  detail?: string;
}

/** What the operator must change first: with it the server never becomes ready, and waiting would be a lie. */
const FOR_GOOD = ["scheme_mismatch", "bad_settings"];

async function refuseForGood(response: Response): Promise<void> {
  const { type = "", detail = type } = (await response.json().catch(() => ({}))) as Problem;
  if (FOR_GOOD.some((code) => type.endsWith(`#problem-${code}`))) throw new Refusal(detail);
}

export async function untilReady(url: string, isStopping: () => boolean): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  let last = "no answer";
  while (Date.now() < deadline && !isStopping()) {
    const response = await fetch(`${url}/healthz`).catch((error: unknown) => reasonOf(error));
    if (typeof response !== "string") {
      if (response.ok) return;
      last = `status ${response.status}`;
      await refuseForGood(response);
    } else {
      last = response;
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  if (!isStopping())
    throw new Refusal(`The server did not become ready within ${READY_WITHIN_MS / 1_000} s: /healthz says ${last}.`);
}
