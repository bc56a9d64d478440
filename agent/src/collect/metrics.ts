/* Names and figures, made of readings. Pure. docs/agent.md lists the names. */
import type { Core, Disk, Interface, Taken, Taking } from "./readings.ts";

export type Metrics = Record<string, number>;

/** A server keeps a series per name and node; the figures of a machine with many parts stop here. */
export const MAX_METRICS = 60;
const MAX_CORES = 16;
const MAX_DISKS = 6;
const MAX_INTERFACES = 4;

const percent = (part: number, whole: number): number => Math.round((1_000 * part) / whole) / 10;
const hundredths = (value: number): number => Math.round(value * 100) / 100;

/** What a name's part may hold: dots separate parts. */
const plain = (text: string): string => text.replace(/^\/+/, "").replace(/[^A-Za-z0-9_-]+/g, "_");

/** `/` is root, `/var/lib` is var_lib, `C:` is C_. */
const mountName = (mount: string): string => (mount === "/" ? "root" : plain(mount));

/** Two things whose names come out the same are told apart by a number. */
function uniquely<T>(things: readonly T[], nameOf: (thing: T) => string): [string, T][] {
  const seen = new Map<string, number>();
  return things.map((thing) => {
    const name = nameOf(thing);
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return [times === 1 ? name : `${name}_${times}`, thing];
  });
}

/** What a counter grew by per second. Nothing where it went back: it began anew. */
function rateOf<T>({ value, at, before }: Taken<T>, counter: (value: T) => number | undefined): number | undefined {
  const [now, then] = [counter(value), before && counter(before.value)];
  if (before === undefined || now === undefined || then === undefined) return undefined;
  return at > before.at && now >= then ? (1_000 * (now - then)) / (at - before.at) : undefined;
}

const difference = (now: Core, then: Core | undefined): Core => ({
  busy: now.busy - (then?.busy ?? 0),
  total: now.total - (then?.total ?? 0),
});

function cpuMetrics({ value, before }: Taken<Core[]>): Metrics {
  if (before === undefined || before.value.length !== value.length) return {};
  const cores = value.map((core, i) => difference(core, before.value[i])).filter(({ total }) => total > 0);
  if (cores.length !== value.length) return {};
  const loads = cores.map(({ busy, total }) => percent(Math.max(0, busy), total));
  const sum = (pick: (core: Core) => number) => cores.reduce((all, core) => all + pick(core), 0);
  const single =
    loads.length <= MAX_CORES
      ? Object.fromEntries(loads.map((load, i) => [`cpu.core.${i}`, load]))
      : { "cpu.busiest_core": Math.max(...loads) };
  return {
    "cpu.total": percent(
      Math.max(
        0,
        sum(({ busy }) => busy),
      ),
      sum(({ total }) => total),
    ),
    ...single,
  };
}

function memoryMetrics({ memory }: Taking): Metrics {
  if (memory === undefined || memory.value.total <= 0) return {};
  const { total, available, swapTotal, swapUsed } = memory.value;
  return {
    "mem.used_percent": percent(total - available, total),
    "mem.available_bytes": available,
    ...(swapTotal > 0 ? { "swap.used_percent": percent(swapUsed, swapTotal) } : {}),
  };
}

function diskMetrics(disks: readonly Disk[]): Metrics {
  const root = disks.filter(({ mount }) => mount === "/");
  const others = disks.filter(({ mount }) => mount !== "/").sort((a, b) => b.size - a.size);
  const shown = [...root, ...others].slice(0, MAX_DISKS);
  return Object.fromEntries(
    uniquely(shown, ({ mount }) => mountName(mount)).flatMap(([name, { usedPercent, available }]) => [
      [`disk.${name}.used_percent`, Math.round(usedPercent * 10) / 10],
      [`disk.${name}.available_bytes`, available],
    ]),
  );
}

function networkMetrics(taken: Taken<Interface[]>): Metrics {
  const shown = taken.value.slice(0, MAX_INTERFACES);
  const rates = uniquely(shown, ({ name }) => plain(name)).flatMap(([name, { name: own }]) => {
    const rate = (field: Exclude<keyof Interface, "name">) =>
      rateOf(taken, (all) => all.find((one) => one.name === own)?.[field]);
    return [
      [`net.${name}.rx_bytes_s`, rate("rxBytes")],
      [`net.${name}.tx_bytes_s`, rate("txBytes")],
      [`net.${name}.errors_s`, sumOf(rate("rxErrors"), rate("txErrors"))],
    ] as [string, number | undefined][];
  });
  return known(rates);
}

const sumOf = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

const known = (rates: [string, number | undefined][]): Metrics =>
  Object.fromEntries(rates.flatMap(([name, rate]) => (rate === undefined ? [] : [[name, hundredths(rate)]])));

function loadMetrics(load: readonly number[]): Metrics {
  // Windows has no such figure and says zero for ever.
  if (load.every((value) => value === 0)) return {};
  return Object.fromEntries([1, 5, 15].map((minutes, i) => [`load.${minutes}`, hundredths(load[i] ?? 0)]));
}

/** What matters most first: where there is too much, the end is cut off. */
export function metricsOf(taking: Taking): Metrics {
  const { cores, load, disks, diskBytes, interfaces, uptimeS, processes, temperature, agentBytes } = taking;
  const { "cpu.total": total, ...single } = cores === undefined ? {} : cpuMetrics(cores);
  const all: Metrics = {
    ...(total === undefined ? {} : { "cpu.total": total }),
    ...memoryMetrics(taking),
    ...(load === undefined ? {} : loadMetrics(load.value)),
    ...(uptimeS === undefined ? {} : { uptime_s: Math.floor(uptimeS.value) }),
    ...(processes === undefined ? {} : { processes: processes.value }),
    ...(temperature === undefined ? {} : { "temperature.cpu": temperature.value }),
    ...(agentBytes === undefined ? {} : { "agent.memory_bytes": agentBytes.value }),
    ...(disks === undefined ? {} : diskMetrics(disks.value)),
    ...(diskBytes === undefined ? {} : diskRates(diskBytes)),
    ...(interfaces === undefined ? {} : networkMetrics(interfaces)),
    ...single,
  };
  const finite = Object.entries(all).filter(([, value]) => Number.isFinite(value));
  return Object.fromEntries(finite.slice(0, MAX_METRICS));
}

const diskRates = (taken: NonNullable<Taking["diskBytes"]>): Metrics =>
  known([
    ["disk.read_bytes_s", rateOf(taken, ({ read }) => read)],
    ["disk.write_bytes_s", rateOf(taken, ({ written }) => written)],
  ]);
