/* The small parts: waiting, beating, naming, and what the command line takes. */
import { createServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { BackOff } from "../../agent/src/back-off.ts";
import { bootId, bootIdAt } from "../../agent/src/boot-id.ts";
import { doorOf } from "../../agent/src/door.ts";
import { logTo } from "../../agent/src/log.ts";
import { type Options, parseOptions } from "../../agent/src/options.ts";
import { BEAT, OK } from "../../agent/src/protocol.ts";
import { Pulse } from "../../agent/src/pulse.ts";
import { SampleIds } from "../../agent/src/sample.ts";
import { AGENT_BEAT, AGENT_OK, AgentMessage } from "../../src/domain/nodes/session.ts";
import { fc, holds } from "../property.ts";
import { FakeClock, sampleOf } from "./surroundings.ts";

describe("a back-off", () => {
  it("grows from two seconds to two intervals, and begins anew after a reset", () => {
    const backOff = new BackOff(
      () => 10_000,
      () => 1,
    );
    expect([1, 2, 3, 4, 5, 6].map(() => backOff.next())).toEqual([2_000, 4_000, 8_000, 16_000, 20_000, 20_000]);
    backOff.reset();
    expect(backOff.next()).toBe(2_000);
  });

  it("is between one second and thirty, and below three intervals, unless the server asks for more", async () => {
    const intervals = fc.integer({ min: 1_000, max: 300_000 });
    const random = fc.double({ min: 0, max: 1, noNaN: true });
    const property = fc.property(fc.nat({ max: 2_000 }), intervals, random, (tries, interval, part) => {
      const backOff = new BackOff(
        () => interval,
        () => part,
      );
      for (let i = 0; i < tries; i++) backOff.next();
      const wait = backOff.next();
      expect(wait).toBeGreaterThanOrEqual(1_000);
      expect(wait).toBeLessThanOrEqual(Math.min(30_000, 2 * interval));
      expect(backOff.next(60_000)).toBe(60_000);
    });
    await holds(property);
  });

  it("spreads a thousand agents over its whole range", () => {
    let seed = 1;
    const random = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const waits = Array.from({ length: 1_000 }, () => new BackOff(() => 10_000, random).next());
    const inFirstTenth = waits.filter((wait) => wait < 1_100).length;
    expect(inFirstTenth).toBeGreaterThan(60);
    expect(inFirstTenth).toBeLessThan(140);
  });
});

describe("a pulse", () => {
  it("keeps its grid when a beat is late", async () => {
    const clock = new FakeClock();
    const beats: number[] = [];
    const start = clock.elapsed();
    const pulse = new Pulse(clock, 10_000, () => {
      beats.push(clock.elapsed() - start);
      if (beats.length === 2) clock.sleep(4_000);
    });
    pulse.start();
    await clock.advance(41_000);
    expect(beats).toEqual([10_000, 20_000, 30_000, 40_000]);
  });

  it("beats no more once it is stopped", async () => {
    const clock = new FakeClock();
    let beats = 0;
    const pulse = new Pulse(clock, 1_000, () => beats++);
    pulse.start();
    await clock.advance(3_000);
    pulse.stop();
    await clock.advance(10_000);
    expect(beats).toBe(3);
  });
});

describe("the protocol", () => {
  it("has the fixed texts of the server, to the letter", () => {
    expect([BEAT, OK]).toEqual([AGENT_BEAT, AGENT_OK]);
  });

  it("names samples so that the server takes them", () => {
    const clock = new FakeClock();
    const id = new SampleIds("18f9d5a5-83dd-4ba7-ba29-675696d953dc", clock).next();
    expect(AgentMessage.safeParse({ type: "metrics", ...sampleOf(1), id }).success).toBe(true);
  });

  it("names no two samples of a boot alike, whatever the wall clock and the agent do", () => {
    const clock = new FakeClock();
    const first = new SampleIds("boot", clock);
    const ids = [first.next(), first.next()];
    clock.wall -= 86_400_000;
    clock.sleep(5);
    ids.push(new SampleIds("boot", clock).next());
    const numbers = ids.map((id) => Number(id.slice("boot/".length)));
    expect(numbers[0]).toBeLessThan(numbers[1] as number);
    expect(numbers[1]).toBeLessThan(numbers[2] as number);
  });
});

describe("a boot id", () => {
  it("is the kernel's own, the same for every start of the agent", () => {
    expect(bootId(undefined)).toMatch(/^[0-9a-f-]{36}$/);
    expect(bootId(undefined)).toBe(bootId(undefined));
  });

  it("stays the same where it is computed and the clock is set a little, and not over a reboot", () => {
    const first = bootIdAt(1_700_000_000_000, undefined);
    expect(bootIdAt(1_700_000_030_000, first)).toBe(first);
    expect(bootIdAt(1_700_000_300_000, first)).not.toBe(first);
    expect(bootIdAt(1_700_000_000_000, "nonsense")).toBe(first);
  });
});

const NEEDED = ["--url", "https://tidings.example", "--key", "k", "--node", "web-1"];
const parsed = (args: string[], env: NodeJS.ProcessEnv = {}) => parseOptions(args, env) as Options;

describe("the command line", () => {
  it("takes flags before the environment before defaults", () => {
    const env = { TIDINGS_NODE: "db-1", TIDINGS_POOL: "db", TIDINGS_INTERVAL: "5", TIDINGS_METRICS_EVERY: "3" };
    const options = parsed([...NEEDED, "--interval", "2"], env);
    expect(options).toMatchObject({
      mode: "run",
      pool: "db",
      intervalS: 2,
      metricsEvery: 3,
      spoolMaxBytes: 20_971_520,
    });
    expect(options.server).toEqual({ nodeUrl: "https://tidings.example/api/v1/nodes/web-1", key: "k", node: "web-1" });
    expect(parsed(NEEDED)).toMatchObject({ intervalS: 10, isIntervalGiven: false, metricsEvery: undefined });
  });

  it("keeps the path of an address behind a proxy, and escapes the node", () => {
    const { server } = parsed(["--url", "http://h:8787/tidings/", "--key", "k", "--node", "a:b"]);
    expect(server?.nodeUrl).toBe("http://h:8787/tidings/api/v1/nodes/a%3Ab");
  });

  it("gives each server and node a spool of its own", () => {
    const folders = [NEEDED, [...NEEDED, "--node", "web-2"], [...NEEDED, "--url", "https://other.example"]].map(
      (args) => parsed([...args, "--spool", "/s"]).spoolFolder,
    );
    expect(new Set(folders).size).toBe(3);
    expect(folders[0]).toMatch(/^\/s\/web-1-[0-9a-f]{8}$/);
  });

  it("prints without being told where to", () => {
    expect(parsed(["--print"])).toMatchObject({ mode: "print", server: undefined });
  });

  it.each([
    [["--key", "k", "--node", "n"], "--url is missing (or TIDINGS_URL)."],
    [["--url", "https://t.example", "--node", "n"], "--key is missing (or TIDINGS_KEY)."],
    [["--url", "https://t.example", "--key", "k"], "--node is missing (or TIDINGS_NODE)."],
    [[...NEEDED, "--url", "tidings"], '--url must be an address such as https://tidings.example, not "tidings".'],
    [[...NEEDED, "--url", "ftp://x"], '--url must be an address such as https://tidings.example, not "ftp://x".'],
    [[...NEEDED, "--node", "a b"], '--node may hold letters, digits and . _ : - only, 64 at most, not "a b".'],
    [[...NEEDED, "--interval", "0.5"], '--interval must be a number from 1 to 300, not "0.5".'],
    [[...NEEDED, "--interval", "soon"], '--interval must be a number from 1 to 300, not "soon".'],
    [[...NEEDED, "--metrics-every", "1.5"], '--metrics-every must be a whole number, not "1.5".'],
    [[...NEEDED, "--key", "a\nb"], "--key holds a blank or another character that no key has."],
    [[...NEEDED, "--nod", "x"], "--help lists what there is."],
  ])("refuses %j in one line", (args, line) => {
    expect(() => parseOptions(args, {})).toThrow(line);
    try {
      parseOptions(args, {});
    } catch (error) {
      expect((error as Error).message).not.toContain("\n");
    }
  });
});

describe("a log", () => {
  it("says a state once, and again when it has been another", () => {
    const lines: string[] = [];
    const log = logTo((line) => void lines.push(line), false);
    for (const line of ["up", "up", "down", "up", undefined, "up"]) log.state("link", line);
    log.detail("nobody asked");
    expect(lines.map((line) => line.slice("tidings-agent: ".length, -1))).toEqual(["up", "down", "up", "up"]);
  });
});

describe("the HTTP door", () => {
  interface Asked {
    path: string;
    key: string | undefined;
    body: unknown;
  }

  async function serverThat(status: number, answer: string) {
    const asked: Asked[] = [];
    const server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk) => (text += chunk));
      request.on("end", () => {
        asked.push({ path: request.url ?? "", key: request.headers.authorization, body: JSON.parse(text) });
        response.writeHead(status).end(answer);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    return { door: doorOf(`http://127.0.0.1:${port}/api/v1/nodes/n`, "secret"), asked };
  }

  it("posts beats and samples with the key", async () => {
    const { door, asked } = await serverThat(200, "{}");
    expect(await door.beat({ status: "ok", boot_id: "b" })).toEqual({ ok: true, status: 200, reason: "" });
    await door.send([sampleOf(1)]);
    expect(asked).toEqual([
      { path: "/api/v1/nodes/n/heartbeats", key: "Bearer secret", body: { status: "ok", boot_id: "b" } },
      { path: "/api/v1/nodes/n/metrics", key: "Bearer secret", body: [sampleOf(1)] },
    ]);
  });

  it("says in one line what a problem document says, and keeps a proxy's page to itself", async () => {
    const problem = { detail: "The body is not valid", errors: [{ pointer: "/0/id", detail: "is missing" }] };
    const refused = await serverThat(400, JSON.stringify(problem));
    const page = await serverThat(502, "<html>\nBad gateway");
    expect((await refused.door.send([])).reason).toBe("400: The body is not valid (/0/id is missing)");
    expect((await page.door.send([])).reason).toBe("answered 502");
  });

  it("says why nobody answered", async () => {
    const answer = await doorOf("http://127.0.0.1:9/api/v1/nodes/n", "k").beat({ status: "ok", boot_id: "b" });
    expect(answer.ok).toBe(false);
    expect(answer.reason).not.toBe("fetch failed");
  });
});
