/* A socket that does not read: workerd has no back-pressure, so only the hub's own bound keeps its memory flat. And what any socket
 * costs: these offer to take compressed frames, as browsers do. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { until } from "../until.ts";
import { type Server, startServer } from "./server.ts";

const BATCHES = 60;
const BATCH = 1_000;
/** Without a bound they would keep 9 MB each; with it 1 MB. */
const SLOW_SOCKETS = 24;
/** 24 MB, and room for the garbage of the moment: far below the 216 MB without a bound. */
const GROWTH_MB = 110;

const rssMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

async function load(server: Server, symbol: string): Promise<void> {
  for (let batch = 0; batch < BATCHES; batch++) {
    const at = Date.now();
    const body = JSON.stringify(
      Array.from({ length: BATCH }, (_, i) => ({ symbol, price: batch * BATCH + i + 1, timestamp: at })),
    );
    const answer = await server.fetch("/api/v1/prices", { method: "POST", body });
    expect(answer.status).toBe(200);
  }
}

function listen(server: Server, symbol: string, after: { epoch: string; seq: number }): WebSocket {
  const url = `${server.url.replace("http", "ws")}/api/v1/stream`;
  const socket = new WebSocket(url, { headers: { Authorization: `Bearer ${server.key}` } });
  socket.on("open", () =>
    socket.send(JSON.stringify({ type: "subscribe", topics: [{ topic: `prices/${symbol}`, after }] })),
  );
  socket.on("error", () => {});
  return socket;
}

/** Reads on from a position to a seq, as a client should: it acknowledges, and resumes when it is closed for being behind. */
async function follow(
  server: Server,
  symbol: string,
  from: { epoch: string; seq: number },
  to: number,
): Promise<number[]> {
  const seqs: number[] = [];
  let at = from;
  const connect = () => {
    const socket = listen(server, symbol, at);
    socket.on("message", (text) => {
      const { topic, epoch, seq } = JSON.parse(text.toString());
      if (topic !== `prices/${symbol}` || seq === undefined) return;
      seqs.push(seq);
      at = { epoch, seq };
      if (seqs.length % 500 === 0) socket.send(JSON.stringify({ type: "position", topics: [{ topic, epoch, seq }] }));
    });
    socket.on("close", () => at.seq < to && connect());
    return socket;
  };
  connect();
  await until(() => at.seq >= to, { deadlineMs: 60_000, what: `the client has read up to ${to}` });
  return seqs;
}

describe("a socket that does not read", () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer();
    await server.ready();
  });
  afterAll(() => server.stop());

  it("costs its hub no memory, is closed with 4008, and resumes without a gap", async () => {
    await load(server, "WARM");
    const before = rssMb(server.workerdPid);
    await load(server, "ALONE");
    const alone = rssMb(server.workerdPid) - before;

    await server.fetch("/api/v1/prices", {
      method: "POST",
      body: JSON.stringify({ symbol: "SLOW", price: 1, timestamp: Date.now() }),
    });
    let last = { epoch: "", seq: 0 };
    const slow = Array.from({ length: SLOW_SOCKETS }, () => listen(server, "SLOW", last));
    const heard = slow.map(
      (socket) =>
        new Promise((resolve) => socket.on("message", (text) => /"seq":1,/.test(text.toString()) && resolve(true))),
    );
    slow[0]?.on("message", (text) => {
      const { topic, epoch, seq } = JSON.parse(text.toString());
      if (topic === "prices/SLOW" && seq !== undefined) last = { epoch, seq };
    });
    await Promise.all(heard);
    expect(new Set(slow.map(({ extensions }) => extensions)), "no frame is deflated for each socket anew").toEqual(
      new Set([""]),
    );
    for (const socket of slow) socket.pause();
    const start = rssMb(server.workerdPid);
    await load(server, "SLOW");
    expect(rssMb(server.workerdPid) - start).toBeLessThan(Math.max(alone, 0) + GROWTH_MB);

    const codes = slow.map((socket) => new Promise<number>((resolve) => socket.on("close", resolve)));
    for (const socket of slow) socket.resume();
    expect(new Set(await Promise.all(codes))).toEqual(new Set([4008]));
    const seqs = await follow(server, "SLOW", last, last.seq + 10_000);
    expect(seqs).toEqual(seqs.map((_, i) => last.seq + 1 + i));
  }, 120_000);
});
