/* One symbol to thousands of sockets. Posts follow the deliveries: only a few ticks may be under way that some socket lacks,
 * so what is measured lasts, and is not a backlog that grows in the hub's memory. */
import { setTimeout as pause } from "node:timers/promises";
import type { Server } from "../../test/e2e/server.ts";
import { bareOnPlatform } from "../bare-broadcasts.ts";
import { Connection, postRequest } from "../load/connection.ts";
import { Subscribers } from "../load/parent.ts";
import { measure, type Round } from "../rounds.ts";
import type { Context, Figure, Outcome, Scenario } from "../scenario.ts";
import { withProduct } from "../servers.ts";
import { beginSymbol, frameOf } from "./delivery.ts";

const SIZES = [1_000, 4_000];
const SYMBOL = "FANOUT";
/** Ticks under way that have not reached every socket. */
const WINDOW = 8;
const SETTLES_WITHIN_MS = 20_000;
const RAMP_MS = 500;
/** What bare sockets are sent in all: some seconds. */
const BARE_MESSAGES = 120_000;

/** Posts a tick whenever fewer than WINDOW are under way. */
class Poster {
  readonly #connections: Connection[];
  readonly #server: Server;
  readonly #fail: (error: Error) => void;
  /** Rejects when a post is not answered with 200. */
  readonly failed: Promise<never>;
  #posted: number;
  #reached: number;
  #stopped = false;

  /** @param done ticks posted before */
  constructor(server: Server, crowd: Subscribers, done: number) {
    this.#server = server;
    this.#posted = done;
    this.#reached = done;
    this.#connections = Array.from({ length: WINDOW }, () => new Connection(server.port));
    const { promise, reject } = Promise.withResolvers<never>();
    this.failed = promise;
    this.#fail = reject;
    promise.catch(() => {
      // Whoever races it hears of it; afterwards nobody needs to.
    });
    crowd.onProgress = () => {
      this.#reached++;
      this.#fill();
    };
  }

  start(): void {
    this.#fill();
  }

  /** Resolves with the number of ticks posted when all of them have reached every socket. */
  async stop(): Promise<number> {
    this.#stopped = true;
    const deadline = Date.now() + SETTLES_WITHIN_MS;
    while (this.#reached < this.#posted && Date.now() < deadline) await pause(20);
    for (const connection of this.#connections) connection.close();
    if (this.#reached < this.#posted)
      throw new Error(`${this.#posted - this.#reached} ticks did not reach every socket.`);
    return this.#posted;
  }

  #fill(): void {
    while (!this.#stopped && this.#posted - this.#reached < WINDOW) {
      const connection = this.#connections.find((one) => !one.busy && one.open);
      if (connection === undefined) return;
      this.#post(connection);
    }
  }

  #post(connection: Connection): void {
    const volume = ++this.#posted;
    const tick = { symbol: SYMBOL, price: 100 + (volume % 100) / 100, volume, timestamp: Date.now() };
    connection.send(postRequest("/api/v1/prices", this.#server.key, JSON.stringify(tick)), (answer) => {
      if (answer?.status !== 200) this.#fail(new Error(`A post was answered with ${answer?.status ?? "nothing"}.`));
      this.#fill();
    });
  }
}

/** Frames received since the last report, all of them in order. */
async function received(crowd: Subscribers): Promise<{ atUs: number; received: number }> {
  const report = await crowd.report();
  if (report.faultCount === 0) return report;
  throw new Error(`${report.faultCount} faults on the sockets: ${report.faults.join(", ")}`);
}

async function measureOnce(crowd: Subscribers, poster: Poster, seconds: number): Promise<Round> {
  const before = await received(crowd);
  await Promise.race([pause(seconds * 1_000), poster.failed]);
  const after = await received(crowd);
  return { value: after.received / ((after.atUs - before.atUs) / 1e6) };
}

/** The most that one object does on the platform which only sends: it is given everything at once. */
async function beside({ value }: Round, sockets: number): Promise<Round> {
  const texts = Array.from({ length: BARE_MESSAGES / sockets }, (_, i) => frameOf(SYMBOL, i));
  const dueMs = texts.map(() => 0);
  const { messagesPerSecond } = await bareOnPlatform(sockets, texts, dueMs);
  return { value, more: { "bare on workerd messages/s": messagesPerSecond, "of theirs": value / messagesPerSecond } };
}

async function measureSize(context: Context, server: Server, sockets: number): Promise<Figure> {
  const { url, key } = server;
  const crowd = await Subscribers.open({ url, key, topic: `prices/${SYMBOL}`, sockets });
  let posted = 0;
  try {
    const round = async () => {
      const poster = new Poster(server, crowd, posted);
      poster.start();
      await pause(RAMP_MS);
      const figure = await measureOnce(crowd, poster, context.quick ? 2 : 5);
      posted = await poster.stop();
      // What arrived since then was in order as well.
      await received(crowd);
      return figure;
    };
    const aims: Figure["aims"] = [{ of: "value", bound: "at least", value: 50_000 }];
    const what = `One symbol to ${sockets.toLocaleString("en")} sockets`;
    return await measure(
      context,
      { what, unit: "messages/s", aims, round: async () => beside(await round(), sockets) },
      false,
    );
  } finally {
    await crowd.close();
  }
}

async function run(context: Context): Promise<Outcome> {
  const figures: Figure[] = [];
  for (const sockets of SIZES) {
    // A server each: the sockets of the first crowd close all at once, and their goodbyes are no part of the second.
    const figure = await withProduct({ HUB_MAX_SOCKETS: "4096" }, async (server) => {
      await beginSymbol(server, SYMBOL);
      return measureSize(context, server, sockets);
    });
    figures.push(figure);
  }
  return { figures, notes: ["Every socket saw every seq once and in order."] };
}

export const fanOut: Scenario = { name: "fan-out", title: "Fan-out of one symbol, as fast as it lasts", run };
