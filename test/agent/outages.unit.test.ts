/* Random histories of server and agent: whatever fails in whatever order, every sample arrives, and each once. */
import { expect, it } from "vitest";
import type { Clock } from "../../agent/src/clock.ts";
import { fc, holds } from "../property.ts";
import { FakeClock, FakeServer, openSpool, temporaryFolder, world } from "./surroundings.ts";

const STEPS = [
  "server dies",
  "server is there",
  "sockets close",
  "sockets are refused",
  "sockets are taken",
  "beats meet silence",
  "samples meet silence",
  "samples are too many",
  "silence ends",
  "agent stops",
  "agent is killed",
] as const;
type Step = (typeof STEPS)[number];

/** A clock for one run of an agent: when that is killed, nothing of it happens any more. */
class Life implements Clock {
  isOver = false;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  now = () => this.#clock.now();
  elapsed = () => this.#clock.elapsed();
  after = (ms: number, act: () => void) => this.#clock.after(ms, () => !this.isOver && act());
}

class History {
  readonly clock = new FakeClock();
  readonly server = new FakeServer(this.clock);
  /** When each sample was taken; its place is the figure in it. */
  readonly sampledAt: number[] = [];
  /** Too young to be on disk when the agent was killed. */
  readonly mayBeLost = new Set<number>();
  readonly #folder = temporaryFolder();
  #life = new Life(this.clock);
  #agent = this.#begin();

  #begin() {
    const life = new Life(this.clock);
    this.#life = life;
    let isFirst = true;
    const collect = async (): Promise<Record<string, number>> => {
      // The first reading is only there for rates.
      if (isFirst) {
        isFirst = false;
        return {};
      }
      return { number: this.sampledAt.push(this.clock.elapsed()) - 1 };
    };
    const { connect, door } = this.server;
    const spool = openSpool(life, { folder: this.#folder });
    const { agent } = world({ clock: life, connect, door, collector: { collect }, spool, metricsEvery: 1 });
    agent.start();
    return agent;
  }

  #kill(): void {
    this.#life.isOver = true;
    this.server.closeAll();
    const now = this.clock.elapsed();
    for (const [number, at] of this.sampledAt.entries()) if (now - at <= 2_000) this.mayBeLost.add(number);
  }

  async take(step: Step): Promise<void> {
    const { server } = this;
    switch (step) {
      case "server dies":
        return server.kill();
      case "server is there":
        server.isUp = true;
        return;
      case "sockets close":
        return server.closeAll();
      case "sockets are refused":
        server.takesSockets = false;
        return server.closeAll();
      case "sockets are taken":
        server.takesSockets = true;
        return;
      case "beats meet silence":
        server.answersBeats = false;
        return;
      case "samples meet silence":
        server.acks = false;
        return;
      case "samples are too many":
        server.isBusy = true;
        return;
      case "silence ends":
        Object.assign(server, { answersBeats: true, acks: true, isBusy: false });
        return;
      case "agent stops":
        await Promise.all([this.#agent.stop(), this.clock.advance(3_000)]);
        this.#agent = this.#begin();
        return;
      case "agent is killed":
        this.#kill();
        this.#agent = this.#begin();
        return;
      default:
        step satisfies never;
    }
  }

  async end(): Promise<void> {
    Object.assign(this.server, { isUp: true, takesSockets: true, answersBeats: true, acks: true, isBusy: false });
    await this.clock.advance(5 * 60_000);
  }
}

const histories = fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.integer({ min: 1, max: 90 })), { maxLength: 25 });

it("delivers every sample, in order, and each under one id, through outages, restarts and crashes", async () => {
  const property = fc.asyncProperty(histories, async (steps) => {
    const history = new History();
    await history.clock.advance(30_000);
    for (const [step, seconds] of steps) {
      await history.take(step);
      await history.clock.advance(seconds * 1_000);
    }
    await history.end();
    const arrived = history.server.samples.map((id) => history.server.metrics.get(id)?.number as number);
    expect(arrived).toEqual([...arrived].sort((a, b) => a - b));
    expect(new Set(arrived).size).toBe(arrived.length);
    // The last one may be on its way.
    const missing = [...history.sampledAt.keys()].slice(0, -1).filter((number) => !arrived.includes(number));
    expect(missing.filter((number) => !history.mayBeLost.has(number))).toEqual([]);
  });
  await holds(property, { numRuns: 60 });
});
