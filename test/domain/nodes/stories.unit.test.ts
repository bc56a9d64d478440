/* What is said of a node in the cases that people ask about. `event@seconds`. Thresholds are the usual ones, 30 and 60 s,
 * where a test does not say others. */
import { describe, expect, it } from "vitest";
import { clockDue } from "../../../src/domain/ledger/admit";
import { START, World } from "./world";

const at = (seconds: number) => START + seconds * 1_000;
/** What was said after it was first heard. */
const toldOf = (world: World) => world.story().filter((told) => !/^(registered|started@0|configured)/.test(told));

/** Beats every 10 s. */
function beatFor(world: World, seconds: number): void {
  for (let passed = 0; passed < seconds; passed += 10) {
    world.pass(10);
    world.beat();
  }
}

describe("A node", () => {
  it("is registered and started by its first beat, suspect after 30 s of silence, down after 60", () => {
    const world = new World();
    world.beat();
    world.pass(100);
    expect(world.story()).toEqual(["registered@0", "started@0", "suspect@30", "down@60"]);
    expect(world.last()?.data).toMatchObject({ severity: "critical", health: "critical", active: false });
  });

  it("that is back before it is down was away for a while: a notice, no alert", () => {
    const world = new World();
    world.beat();
    world.pass(45);
    world.beat();
    expect(toldOf(world)).toEqual(["suspect@30", "resumed@45"]);
    expect(world.last()?.data).toMatchObject({ downtime_s: 45, severity: "warning", away_since: null });
  });

  it("recovers with its downtime, counted from when it was last heard", () => {
    const world = new World();
    world.beat();
    world.pass(130.4);
    world.beat();
    expect(toldOf(world)).toEqual(["suspect@30", "down@60", "recovered@130.4"]);
    expect(world.last()?.data).toMatchObject({ downtime_s: 130.4, down_since: null, status: "up" });
  });

  it.each(["up", "down"])("that is %s tells of another start by another boot id", (status) => {
    const world = new World();
    world.beat("n", { boot_id: "b1" });
    if (status === "down") world.pass(70);
    world.beat("n", { boot_id: "b2" });
    const [, , ...told] = world.told.map(({ event }) => event);
    expect(told).toEqual(status === "up" ? ["restarted"] : ["suspect", "down", "restarted", "recovered"]);
    world.beat("n", { boot_id: "b2" });
    world.beat("n");
    expect(world.state()?.bootId).toBe("b2");
    expect(world.last()?.event).toBe(told.at(-1));
  });

  it("that told its boot id late is not called restarted for it, and a later start is", () => {
    const world = new World();
    world.open();
    world.open("n", { boot_id: "b1" });
    world.deploy("log");
    world.open("n", { boot_id: "b2" });
    expect(toldOf(world)).toEqual(["link@0", "restarted@0"]);
  });

  it("that stops raises nothing, and starts when it is heard again, by whatever boot", () => {
    const world = new World();
    world.open("n", { boot_id: "b1" });
    world.pass(5);
    world.stop();
    world.pass(1_000);
    world.beat("n", { boot_id: "b2" });
    expect(toldOf(world)).toEqual(["stopped@5", "started@1005"]);
  });

  it("that is down and stops was back for a moment: its alert has an end", () => {
    const world = new World();
    world.beat();
    world.pass(70);
    world.beat("n", { status: "stopping" });
    expect(toldOf(world)).toEqual(["suspect@30", "down@60", "recovered@70", "stopped@70"]);
  });

  it("that is degraded stays up, and says when it is healthy; a beat that says nothing of it changes nothing", () => {
    const world = new World();
    world.beat("n", { status: "degraded", message: "disk" });
    expect(world.state()).toMatchObject({ status: "up", degraded: true });
    world.open();
    expect(world.state()?.degraded).toBe(true);
    world.beat();
    expect(toldOf(world)).toEqual(["degraded@0", "link@0", "healthy@0"]);
  });

  it("that fails is down at once, once, until it says better", () => {
    const world = new World();
    world.open();
    world.pass(5);
    world.fail();
    world.pass(1);
    world.fail();
    world.pass(4);
    world.socketBeat();
    world.pass(20);
    expect(toldOf(world)).toEqual(["down@5"]);
    world.beat();
    expect(toldOf(world)).toEqual(["down@5", "recovered@30"]);
    expect(world.last()?.data.downtime_s).toBe(25);
  });

  it("is configured by itself until an operator does it", () => {
    const world = new World();
    world.beat("n", { interval_s: 20, pool: "web" });
    expect(world.state()?.config).toMatchObject({ suspect_after_s: 60, down_after_s: 120, pool: "web" });
    world.configure({ interval_s: 5 });
    world.beat("n", { interval_s: 60, pool: "other" });
    expect(world.state()).toMatchObject({ config: { down_after_s: 30, pool: "default" }, configured: true });
    world.pass(30);
    expect(world.status()).toBe("down");
    world.configure({ interval_s: 5 });
    expect(world.story().filter((told) => told.startsWith("configured"))).toHaveLength(1);
  });

  it("that an operator gives longer thresholds is no longer away", () => {
    const world = new World();
    world.beat();
    world.pass(70);
    world.configure({ down_after_s: 600, suspect_after_s: 300 });
    expect(toldOf(world).map((told) => told.split("@")[0])).toEqual(["suspect", "down", "recovered"]);
    world.pass(1_000);
    expect(toldOf(world).slice(3)).toEqual(["suspect@300", "down@600"]);
  });

  it("that may be offline is stopped when it falls silent, and raises nothing", () => {
    const world = new World();
    world.configure({ expected_offline: true });
    world.open();
    world.pass(5);
    world.close();
    world.pass(1_000);
    expect(toldOf(world)).toEqual(["stopped@60"]);
    world.beat();
    expect(world.status()).toBe("up");
  });

  it("that is ephemeral is forgotten some time after it stopped, and born again when it comes back", () => {
    const world = new World();
    world.configure({ ephemeral: true, forget_after_s: 100 });
    world.beat();
    world.pass(159);
    expect(world.status()).toBe("stopped");
    world.pass(2);
    expect(toldOf(world)).toEqual(["stopped@60", "deleted@160"]);
    world.beat();
    expect(world.last()?.event).toBe("started");
    expect(world.state()?.config.ephemeral).toBe(false);
  });

  it("that never beats is new for ever", () => {
    const world = new World();
    world.configure({});
    world.pass(100_000);
    expect(world.status()).toBe("new");
    expect(world.rings).toBe(0);
  });
});

describe("Flapping", () => {
  /** Away for 40 s, three times. */
  function flap(world: World): void {
    world.beat();
    for (let i = 0; i < 3; i++) {
      world.pass(40);
      world.beat();
    }
  }

  it("begins with the third return within ten minutes, and suspects nothing while it lasts", () => {
    const world = new World();
    flap(world);
    expect(toldOf(world).slice(-2)).toEqual(["resumed@120", "flapping@120"]);
    const before = world.told.length;
    world.pass(40);
    world.beat();
    expect(world.told.length).toBe(before);
  });

  it("settles ten minutes after the first of three returns when no more come", () => {
    const world = new World();
    flap(world);
    beatFor(world, 700);
    expect(toldOf(world).slice(-1)).toEqual(["settled@640"]);
  });

  it("does not hide a failure, nor its end", () => {
    const world = new World();
    flap(world);
    world.pass(60);
    world.pass(10);
    world.beat();
    expect(toldOf(world).slice(-3)).toEqual(["down@180", "recovered@190", "flapping@190"]);
  });

  it("does not begin when returns are far apart", () => {
    const world = new World();
    world.beat();
    for (let i = 0; i < 10; i++) {
      world.pass(400);
      world.beat();
    }
    expect(world.story().some((told) => told.startsWith("flapping"))).toBe(false);
  });
});

describe("Maintenance", () => {
  it("raises nothing, and deadlines run from its end", () => {
    const world = new World();
    world.configure({ maintenance: [{ start: at(100), end: at(500) }] });
    world.beat();
    beatFor(world, 90);
    world.pass(10);
    world.pass(2_000);
    expect(toldOf(world)).toEqual(["maintenance@100", "suspect@530", "down@560"]);
    expect(world.last()?.data.away_since).toBe(new Date(at(500)).toISOString());
  });

  it("ends quietly for a node that beats, and is waited out by one that is late", () => {
    const world = new World();
    world.configure({ maintenance: [{ start: at(100), end: at(500) }] });
    world.beat();
    beatFor(world, 600);
    expect(toldOf(world)).toEqual(["maintenance@100", "settled@500"]);
    const late = new World();
    late.configure({ maintenance: [{ start: at(100), end: at(500) }] });
    late.beat();
    beatFor(late, 100);
    late.pass(420);
    expect(late.status()).toBe("maintenance");
    late.beat();
    expect(toldOf(late)).toEqual(["maintenance@100", "settled@520"]);
  });

  it("keeps what was down, until it is heard", () => {
    const world = new World();
    world.configure({ maintenance: [{ start: at(100), end: at(500) }] });
    world.beat();
    world.pass(300);
    world.beat();
    expect(toldOf(world)).toEqual(["suspect@30", "down@60", "maintenance@100", "recovered@300"]);
    expect(world.last()?.data).toMatchObject({ status: "maintenance", downtime_s: 300 });
  });

  it("is no time for grace: a connection that closed in it has its grace afterwards", () => {
    const world = new World();
    world.configure({ maintenance: [{ start: at(10), end: at(20) }] });
    world.open();
    world.pass(15);
    world.socketBeat();
    world.close();
    world.pass(30);
    expect(toldOf(world)).toEqual(["maintenance@10", "settled@20", "suspect@30"]);
  });

  it("that is over is no reason to look at a node when its object wakes", () => {
    const world = new World();
    world.configure({ maintenance: [{ start: at(10), end: at(20) }] });
    world.beat();
    world.pass(25);
    world.beat();
    for (const from of ["log", "checkpoint"] as const) {
      expect(clockDue(world.rebuilt(from))).toBe(at(55));
    }
  });

  it("may overlap and follow on each other", () => {
    const world = new World();
    const maintenance = [
      { start: at(10), end: at(100) },
      { start: at(50), end: at(200) },
      { start: at(200), end: at(300) },
    ];
    world.configure({ maintenance });
    world.beat();
    world.pass(1_000);
    expect(toldOf(world)).toEqual(["maintenance@10", "suspect@330", "down@360"]);
  });
});
