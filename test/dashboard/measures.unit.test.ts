/* What a node measures, as its page shows it: names to charts, figures to words. */
import { describe, expect, it } from "vitest";
import { axisOf, inUnit, lineName, MOST_LINES, plansOf } from "../../dashboard/src/nodes/measures";

const AGENT = [
  ...["agent.memory_bytes", "cpu.core.0", "cpu.total", "disk.read_bytes_s", "disk.root.available_bytes"],
  ...["disk.root.used_percent", "disk.write_bytes_s", "load.1", "load.15", "load.5", "mem.available_bytes"],
  ...["mem.used_percent", "net.eth0.errors_s", "net.eth0.rx_bytes_s", "net.eth0.tx_bytes_s", "uptime_s"],
];

describe("charts of a node", () => {
  it("are what an operator looks for, in one order, whatever order the names come in", () => {
    const plans = plansOf(AGENT.toReversed());
    expect(plans.map(({ title, names }) => [title, names])).toEqual([
      ["Processor", ["cpu.total"]],
      ["Memory", ["mem.used_percent"]],
      ["Load", ["load.1", "load.5", "load.15"]],
      ["Disk space", ["disk.root.used_percent"]],
      ["Disk traffic", ["disk.read_bytes_s", "disk.write_bytes_s"]],
      ["Network", ["net.eth0.rx_bytes_s", "net.eth0.tx_bytes_s"]],
    ]);
  });

  it("leave out what the node does not measure, and lines beyond what colours tell apart", () => {
    expect(plansOf(["uptime_s"])).toEqual([]);
    const disks = Array.from({ length: 9 }, (_, i) => `disk.d${i}.used_percent`);
    expect(plansOf(disks)[0]?.names).toHaveLength(MOST_LINES);
  });

  it.each([
    ["load.15", "15 min"],
    ["net.eth0.rx_bytes_s", "eth0 in"],
    ["net.eth0.tx_bytes_s", "eth0 out"],
    ["disk.var_lib.used_percent", "var_lib"],
    ["disk.write_bytes_s", "written"],
    ["mem.used_percent", "memory"],
    ["swap.used_percent", "swap"],
    ["cpu.total", "all cores"],
    ["temperature.cpu", "cpu"],
  ])("call the line of %s %s", (name, said) => {
    expect(lineName(name)).toBe(said);
  });
});

it.each([
  [12.345, "percent", "12.3 %"],
  [0.5, "plain", "0.50"],
  [999, "bytes/s", "999 B/s"],
  [1_234_567, "bytes/s", "1.23 MB/s"],
  [0, "bytes", "0 B"],
  [61.6, "celsius", "62 °C"],
] as const)("%s in %s is %s", (value, unit, said) => {
  expect(inUnit(value, unit)).toBe(said);
});

it.each([
  [999, "bytes/s", 1, "B/s"],
  [2_000_000, "bytes/s", 1e6, "MB/s"],
  [5_000, "bytes", 1e3, "kB"],
  [5_000, "plain", 1, ""],
] as const)("An axis up to %s %s counts in %s", (highest, unit, times, word) => {
  expect(axisOf(highest, unit)).toEqual({ times, word });
});
