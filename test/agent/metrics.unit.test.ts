import { describe, expect, it } from "vitest";
import { Collector } from "../../agent/src/collect/collector.ts";
import { MAX_METRICS, metricsOf } from "../../agent/src/collect/metrics.ts";
import type { Interface, Readings, Taking } from "../../agent/src/collect/readings.ts";
import { interfaceNames, isRealDisk, type Source, type Sources } from "../../agent/src/collect/sources.ts";
import { fc, holds } from "../property.ts";
import { FakeClock, quiet } from "./surroundings.ts";

const GB = 1_073_741_824;

const eth0 = (bytes: number): Interface => ({
  name: "eth0",
  rxBytes: bytes,
  txBytes: 2 * bytes,
  rxErrors: 0,
  txErrors: 0,
});

/** A reading of each kind, ten seconds after the one before. */
function taking(now: Partial<Readings>, before: Partial<Readings> = {}): Taking {
  const entries = Object.entries(now).map(([name, value]) => {
    const earlier = before[name as keyof Readings];
    return [name, { value, at: 20_000, ...(earlier === undefined ? {} : { before: { value: earlier, at: 10_000 } }) }];
  });
  return Object.fromEntries(entries) as Taking;
}

describe("metrics", () => {
  it("are named so that a part of a name holds no dot", () => {
    const disk = { size: 100, available: 40, usedPercent: 60.04 };
    const disks = ["/", "/var/lib/my.data", "C:"].map((mount) => ({ ...disk, mount }));
    expect(Object.keys(metricsOf(taking({ disks })))).toEqual([
      "disk.root.used_percent",
      "disk.root.available_bytes",
      "disk.var_lib_my_data.used_percent",
      "disk.var_lib_my_data.available_bytes",
      "disk.C_.used_percent",
      "disk.C_.available_bytes",
    ]);
  });

  it("keep two things apart whose names come out the same", () => {
    const disks = ["/a b", "/a.b"].map((mount) => ({ mount, size: 1, available: 1, usedPercent: 0 }));
    expect(metricsOf(taking({ disks }))).toHaveProperty("disk.a_b_2.used_percent");
  });

  it("say what counters grew by per second", () => {
    const metrics = metricsOf(
      taking(
        { interfaces: [eth0(11_000)], diskBytes: { read: 500, written: 2_000 } },
        { interfaces: [eth0(1_000)], diskBytes: { read: 400, written: 0 } },
      ),
    );
    expect(metrics).toEqual({
      "disk.read_bytes_s": 10,
      "disk.write_bytes_s": 200,
      "net.eth0.rx_bytes_s": 1_000,
      "net.eth0.tx_bytes_s": 2_000,
      "net.eth0.errors_s": 0,
    });
  });

  it("say nothing of a rate at first, or when a counter went back", () => {
    expect(metricsOf(taking({ interfaces: [eth0(11_000)] }))).toEqual({});
    expect(metricsOf(taking({ interfaces: [eth0(5)] }, { interfaces: [eth0(1_000)] }))).toEqual({
      "net.eth0.errors_s": 0,
    });
    expect(metricsOf(taking({ interfaces: [eth0(5)] }, { interfaces: [] }))).toEqual({});
  });

  it("say how busy each core was since the reading before", () => {
    const before = [
      { busy: 100, total: 1_000 },
      { busy: 0, total: 1_000 },
    ];
    const cores = [
      { busy: 600, total: 2_000 },
      { busy: 250, total: 2_000 },
    ];
    expect(metricsOf(taking({ cores }, { cores: before }))).toEqual({
      "cpu.total": 37.5,
      "cpu.core.0": 50,
      "cpu.core.1": 25,
    });
  });

  it("name no cores where there are many, but the busiest", () => {
    const cores = (busy: number, total: number) => Array.from({ length: 64 }, (_, i) => ({ busy: busy * i, total }));
    expect(metricsOf(taking({ cores: cores(1, 200) }, { cores: cores(0, 100) }))).toEqual({
      "cpu.total": 31.5,
      "cpu.busiest_core": 63,
    });
  });

  it("leave out a load that the system does not know, and a swap that is not there", () => {
    const memory = { total: 16 * GB, available: 4 * GB, swapTotal: 0, swapUsed: 0 };
    expect(metricsOf(taking({ load: [0, 0, 0], memory }))).toEqual({
      "mem.used_percent": 75,
      "mem.available_bytes": 4 * GB,
    });
  });

  it("are sixty at most and finite, whatever the machine", async () => {
    const figure = fc.double({ min: 0, max: 1e15, noNaN: false });
    const many = fc.array(
      fc.record({ name: fc.string(), rxBytes: figure, txBytes: figure, rxErrors: figure, txErrors: figure }),
    );
    const cores = fc.array(fc.record({ busy: figure, total: figure }), { maxLength: 40 });
    const disks = fc.array(fc.record({ mount: fc.string(), size: figure, available: figure, usedPercent: figure }), {
      maxLength: 40,
    });
    const readings = fc.record({ interfaces: many, cores, disks, processes: figure });
    const property = fc.property(readings, readings, (now, before) => {
      const metrics = metricsOf(taking(now, before));
      expect(Object.keys(metrics).length).toBeLessThanOrEqual(MAX_METRICS);
      expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
      for (const name of Object.keys(metrics)) expect(name).toMatch(/^[A-Za-z0-9_.-]+$/);
    });
    await holds(property);
  });
});

describe("what is measured", () => {
  it("is disks, not images, layers and parts of macOS's own volume", () => {
    const mounts: [string, string, string, boolean][] = [
      ["/dev/vda1", "/", "ext4", true],
      ["overlay", "/", "overlay", true],
      ["overlay", "/var/lib/docker/overlay2/x/merged", "overlay", false],
      ["/dev/loop3", "/snap/core/1", "squashfs", false],
      ["tank/data", "/tank", "zfs", true],
      ["nas:/export", "/mnt/nas", "nfs4", false],
      ["C:", "C:", "NTFS", true],
      ["/dev/disk3s5", "/System/Volumes/VM", "APFS", false],
      ["/dev/disk3s1", "/System/Volumes/Data", "APFS", true],
    ];
    for (const [fs, mount, type, isReal] of mounts)
      expect([mount, isRealDisk({ fs, mount, type })]).toEqual([mount, isReal]);
  });

  it("is interfaces to the outside, not those of containers", () => {
    const address = (internal: boolean) => [{ internal } as any];
    const all = {
      lo: address(true),
      eth0: address(false),
      wlp3s0: address(false),
      docker0: address(false),
      veth1a: address(false),
    };
    expect(interfaceNames(all)).toEqual(["eth0", "wlp3s0"]);
  });
});

describe("a collector", () => {
  const nothing: Source<any> = { read: async () => undefined, minAgeMs: 0 };
  const names: (keyof Readings)[] = [
    "cores",
    "load",
    "memory",
    "disks",
    "diskBytes",
    "interfaces",
    "uptimeS",
    "processes",
    "temperature",
    "agentBytes",
  ];
  const none = Object.fromEntries(names.map((name) => [name, nothing])) as Sources;

  it("asks a dear source only as often as it may", async () => {
    const clock = new FakeClock();
    let asked = 0;
    const processes = { read: async () => ++asked, minAgeMs: 55_000 };
    const collector = new Collector({ ...none, processes }, clock, quiet);
    for (let i = 0; i < 12; i++) {
      expect((await collector.collect()).processes).toBe(asked);
      await clock.advance(10_000);
    }
    expect(asked).toBe(2);
  });

  it("gives what it has when one source fails", async () => {
    const disks = { read: () => Promise.reject(new Error("df: no")), minAgeMs: 0 };
    const uptimeS = { read: async () => 61.7, minAgeMs: 0 };
    const collector = new Collector({ ...none, disks, uptimeS }, new FakeClock(), quiet);
    expect(await collector.collect()).toEqual({ uptime_s: 61 });
  });

  it("waits five seconds for a source that hangs, asks it no second time, and passes off no old figure", async () => {
    const clock = new FakeClock();
    let asked = 0;
    const processes = { read: () => (asked++ === 0 ? Promise.resolve(7) : new Promise<number>(() => {})), minAgeMs: 0 };
    const uptimeS = { read: async () => 61, minAgeMs: 0 };
    const collector = new Collector({ ...none, processes, uptimeS }, clock, quiet);
    expect(await collector.collect()).toEqual({ uptime_s: 61, processes: 7 });
    for (let i = 0; i < 3; i++) {
      const collected = collector.collect();
      await clock.advance(5_000);
      expect(await collected).toEqual({ uptime_s: 61 });
    }
    expect(asked).toBe(2);
  });
});
