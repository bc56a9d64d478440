/* Agents and their monitors in workerd: what is said over sockets and HTTP, and one clock for the objects and for the
 * runtime that answers beats. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { NodeView } from "../../src/domain/nodes/answers";
import type { Beat } from "../../src/domain/nodes/decide";
import { configOf, type NodeConfigInput } from "../../src/domain/nodes/node";
import type { NodeData } from "../../src/domain/nodes/node-event";
import { AGENT_BEAT, AGENT_OK, type AgentAnswer } from "../../src/domain/nodes/session";
import type { NodeMonitor } from "../../src/durable-objects/node-monitor";
import { runtime } from "../../src/durable-objects/node-monitor/seen";
import { type Caller, SESSION_HEADER, sessionHeader } from "../../src/durable-objects/node-monitor/session";
import { until } from "../until";

type Door = Pick<NodeMonitor, "beat" | "configure" | "remove" | "status" | "wake" | "read" | "audit" | "confirm">;

/** The object of this name; without partitions a node has one of its own. */
export const monitor = (name: string): DurableObjectStub<NodeMonitor> => env.NODE_MONITOR.getByName(name);
/** Its RPC as the class has it. */
export const door = (name: string): Door => monitor(name) as unknown as Door;

/* === The clock ======================================================================================================== */

const { answeredAt } = runtime;
/** From which real moment on it was what time here. */
let times: { real: number; here: number }[] = [];

/** Stops the clock, so far ahead that no alarm rings by itself, and where the grid of shared alarms begins; the runtime's
 * follows it. */
export function stopClock(): void {
  vi.useFakeTimers({ toFake: ["Date"], now: (Math.ceil(Date.now() / 30_000) + 2) * 30_000 });
  times = [{ real: 0, here: Date.now() }];
  runtime.answeredAt = (ctx, ws) => {
    const real = answeredAt(ctx, ws);
    return real === 0 ? 0 : (times.findLast((time) => time.real <= real)?.here ?? 0);
  };
}

/** So many seconds after the test began. */
export function timeIs(seconds: number): void {
  vi.setSystemTime((times[0]?.here ?? 0) + seconds * 1_000);
  times.push({ real: vi.getRealSystemTime(), here: Date.now() });
}

export const secondsOf = (at: number | null): number | null =>
  at === null ? null : (at - (times[0]?.here ?? 0)) / 1_000;

export function startClock(): void {
  vi.useRealTimers();
  runtime.answeredAt = answeredAt;
}

/* === Who speaks ======================================================================================================= */

export class Agent {
  readonly heard: AgentAnswer[] = [];
  closed: { code: number; reason: string } | undefined;
  readonly #ws: WebSocket;

  private constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.addEventListener("message", ({ data }) => void this.heard.push(JSON.parse(data as string)));
    ws.addEventListener("close", ({ code, reason }) => {
      this.closed = { code, reason };
    });
    ws.accept();
  }

  static async open(node: string, object = node, source = "key", more: Partial<Caller> = {}): Promise<Agent> {
    const headers = { Upgrade: "websocket", [SESSION_HEADER]: sessionHeader({ node, source, create: true, ...more }) };
    const answer = await monitor(object).fetch("http://monitor", { headers });
    if (answer.webSocket === null) throw new Error(`refused: ${answer.status}`);
    return new Agent(answer.webSocket);
  }

  send(message: unknown): void {
    this.#ws.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** Resolves with the answer. */
  async say(message: unknown): Promise<AgentAnswer> {
    const before = this.heard.length;
    this.send(message);
    return until(() => this.heard[before], { what: "an answer", everyMs: 2 });
  }

  async beat(): Promise<void> {
    const answer = await this.say(AGENT_BEAT);
    if (JSON.stringify(answer) !== AGENT_OK) throw new Error(`no beat: ${JSON.stringify(answer)}`);
  }

  close(): void {
    this.#ws.close(1000, "bye");
  }

  gone(): Promise<{ code: number; reason: string }> {
    return until(() => this.closed, { what: "the socket is closed", everyMs: 2 });
  }
}

/** One beat over HTTP. */
export async function beat(node: string, more: Partial<Beat> & { at?: number } = {}, object = node) {
  const { at, ...rest } = more;
  const signal: Beat = { type: "beat", status: "ok", ...rest };
  const answer = await door(object).beat([{ node, source: "key", at, signal, create: true }]);
  if (!answer.ok) throw new Error(answer.detail);
  return answer.answers[0];
}

export async function configure(node: string, input: NodeConfigInput, object = node): Promise<void> {
  await door(object).configure(node, "key", configOf(node, input));
}

/* === What became of it ================================================================================================ */

export async function statusOf(node: string, object = node): Promise<NodeView | null> {
  return door(object).status(node);
}

/** Every frame of a node. */
export async function framesOf(node: string, object = node): Promise<{ type: string; at: string; data: NodeData }[]> {
  const range = await door(object).read(`nodes/${node}`, { epoch: "", seq: 0 }, 1_000);
  return range.status === "range" ? range.frames.map((text) => JSON.parse(text)) : [];
}

export const eventsOf = async (node: string, object = node): Promise<string[]> =>
  (await framesOf(node, object)).map(({ type }) => type);

export const alarmOf = (name: string): Promise<number | null> =>
  runInDurableObject(monitor(name), (_, state) => state.storage.getAlarm());

/** Rows that an object writes meanwhile, as the platform bills them; an alarm that is set is one. It must not be evicted. */
export async function rowsWritten(name: string, work: () => Promise<unknown>): Promise<number> {
  const cursors: { readonly rowsWritten: number }[] = [];
  let alarms = 0;
  await runInDurableObject(monitor(name), (_, { storage }) => {
    const { sql } = storage;
    const exec = sql.exec.bind(sql);
    vi.spyOn(sql, "exec").mockImplementation(((query: string, ...values: SqlStorageValue[]) => {
      const cursor = exec(query, ...values);
      cursors.push(cursor);
      return cursor;
    }) as typeof sql.exec);
    const setAlarm = storage.setAlarm.bind(storage);
    vi.spyOn(storage, "setAlarm").mockImplementation((at) => {
      alarms++;
      return setAlarm(at);
    });
  });
  await work();
  return runInDurableObject(monitor(name), () => {
    vi.restoreAllMocks();
    return cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, alarms);
  });
}
