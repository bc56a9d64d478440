/* What the agent meets, in memory: a clock that moves when told, and a server that follows the contract of the session. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { Agent, type AgentOptions } from "../../agent/src/agent.ts";
import type { Clock } from "../../agent/src/clock.ts";
import type { Answer, Door, HttpBeat } from "../../agent/src/door.ts";
import { type Log, logTo } from "../../agent/src/log.ts";
import { BEAT, OK } from "../../agent/src/protocol.ts";
import type { Sample } from "../../agent/src/sample.ts";
import type { Connect, SocketEvents } from "../../agent/src/socket.ts";
import { Spool, type SpoolOptions } from "../../agent/src/spool/spool.ts";

export class FakeClock implements Clock {
  wall = Date.parse("2026-01-01T00:00:00Z");
  #elapsed = 5_000_000;
  #timers: { at: number; act: () => void }[] = [];

  now = () => this.wall;
  elapsed = () => this.#elapsed;

  after(ms: number, act: () => void): () => void {
    const timer = { at: this.#elapsed + ms, act };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Time passes, and everything that is due happens at its moment. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    for (;;) {
      await settled();
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      this.#moveTo(next?.at ?? end);
      if (next === undefined) return;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      next.act();
    }
  }

  /** The machine slept: nothing happened meanwhile. */
  sleep(ms: number): void {
    this.#moveTo(this.#elapsed + ms);
  }

  #moveTo(at: number): void {
    const step = Math.max(0, at - this.#elapsed);
    this.#elapsed += step;
    this.wall += step;
  }
}

/** Everything that only waited for a promise has happened. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

interface Message {
  type: string;
  id?: string;
  [field: string]: unknown;
}

/** The other end of both ways. What happens on it takes no time. */
export class FakeServer {
  isUp = true;
  /** Says yes to sockets. */
  takesSockets = true;
  refusal = 503;
  retryAfterMs: number | undefined;
  answersBeats = true;
  acks = true;
  /** Cannot take samples now. */
  isBusy = false;
  /** Samples that it refuses for good. */
  readonly hates = new Set<string>();
  welcome = { interval_s: 10, metrics_every_s: 60 };
  beats = 0;
  sockets = 0;
  readonly messages: Message[] = [];
  readonly httpBeats: HttpBeat[] = [];
  /** Each time a sample came, in the order they came. */
  readonly came: string[] = [];
  readonly metrics = new Map<string, Sample["metrics"]>();
  readonly #clock: FakeClock;
  #open = new Set<SocketEvents>();

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  /** Each sample once, in the order of their first coming. */
  get samples(): string[] {
    return [...new Set(this.came)];
  }

  said = (type: string): Message[] => this.messages.filter((message) => message.type === type);

  connect: Connect = (events) => {
    const isTaken = this.isUp && this.takesSockets;
    const end = (reason: string, extra = {}) => {
      if (this.#open.delete(events)) events.ended({ reason, ...extra });
    };
    this.#open.add(events);
    this.#soon(() => {
      if (!this.#open.has(events)) return;
      if (!this.isUp) return end("nobody there");
      const wait = this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs };
      if (!isTaken) return end(`answered ${this.refusal}`, { status: this.refusal, ...wait });
      this.sockets++;
      events.opened();
    });
    return {
      send: (text) => this.#soon(() => this.#open.has(events) && this.isUp && this.#hear(text, events)),
      terminate: () => end("terminated"),
    };
  };

  door: Door = {
    beat: async (beat) => this.#answer(() => void this.httpBeats.push(beat)),
    send: async (samples) => {
      const hated = samples.some(({ id }) => this.hates.has(id));
      if (this.isUp && hated) return { ok: false, status: 422, reason: "422: no" };
      return this.#answer(() => {
        for (const sample of samples) this.#take(sample);
      });
    },
  };

  /** Dies, and every socket with it. */
  kill(): void {
    this.isUp = false;
    this.closeAll();
  }

  closeAll(code = 1006): void {
    for (const events of [...this.#open]) this.#close(events, code);
  }

  #close(events: SocketEvents, code: number): void {
    if (this.#open.delete(events)) events.ended({ reason: `closed with ${code}`, code });
  }

  #answer(take: () => void): Answer {
    if (!this.isUp) return { ok: false, status: 0, reason: "nobody there" };
    take();
    return { ok: true, status: 200, reason: "" };
  }

  #hear(text: string, events: SocketEvents): void {
    const say = (answer: object | string) =>
      this.#soon(() => events.heard(typeof answer === "string" ? answer : JSON.stringify(answer)));
    if (text === BEAT) {
      this.beats++;
      if (this.answersBeats) say(OK);
      return;
    }
    const message = JSON.parse(text) as Message;
    this.messages.push(message);
    if (message.type === "hello") say({ type: "welcome", ...this.welcome, now: this.#clock.now() });
    if (message.type === "stopping") this.#soon(() => this.#close(events, 1000));
    if (message.type === "metrics") this.#hearSample(message as unknown as Sample, say);
  }

  #hearSample(sample: Sample, say: (answer: object) => void): void {
    const { id } = sample;
    if (this.hates.has(id)) {
      say({ type: "error", code: "conflict", detail: "no" });
      return;
    }
    if (this.isBusy) {
      say({ type: "error", code: "unavailable", detail: "later" });
      return;
    }
    this.#take(sample);
    if (this.acks) say({ type: "ack", id });
  }

  #take({ id, metrics }: Sample): void {
    this.came.push(id);
    this.metrics.set(id, metrics);
  }

  #soon(act: () => void): void {
    this.#clock.after(0, act);
  }
}

export const quiet: Log = logTo(() => {}, false);

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tidings-agent-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function openSpool(clock: Clock, options: Partial<SpoolOptions> = {}): Spool {
  return new Spool({ folder: temporaryFolder(), maxBytes: 20 * 1_048_576, log: quiet, clock, ...options });
}

export function sampleOf(number: number): Sample {
  return { id: `boot/${number}`, timestamp: 1_767_225_600_000 + number, metrics: { "cpu.total": number } };
}

/** An agent, its server and its clock. */
export function world(options: Partial<AgentOptions> = {}) {
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  const spool = options.spool ?? openSpool(clock);
  const lines: string[] = [];
  const agent = new Agent({
    bootId: "boot",
    version: "1.2.3",
    pool: "web",
    intervalMs: 10_000,
    metricsEvery: undefined,
    connect: server.connect,
    door: server.door,
    collector: { collect: async () => ({ "cpu.total": 12 }) },
    clock,
    random: () => 0.5,
    log: logTo((line) => void lines.push(line), false),
    ...options,
    spool,
  });
  return { clock, server, spool, agent, lines };
}
