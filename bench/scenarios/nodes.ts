/* A thousand nodes that beat every second, over sessions as agents have them. Some are killed, cut off, stopped, restarted,
 * slow or away for a moment: what is said of each, and how long it takes until a page would show it. */
import { setTimeout as pause } from "node:timers/promises";
import type { Server } from "../../test/e2e/server.ts";
import type { Fleet, NodeLog } from "../load/node-agent.ts";
import type { Heard } from "../load/node-crowd.ts";
import { Nodes } from "../load/parent.ts";
import { fleetOf, STATUS, type Verdicts, verdictsOf } from "../node-verdicts.ts";
import { measure, type Round } from "../rounds.ts";
import type { Aim, Context, Figure, Outcome, Scenario, Table } from "../scenario.ts";
import { withProduct } from "../servers.ts";
import type { Spread } from "../statistics.ts";

const THOUSAND = 1_000;
/** With --quick a part of them. */
const QUICK_SHARE = 0.2;
/** Of each kind, of a thousand. */
const OF_EACH = { killed: 50, "cut off": 50, stopped: 50, slow: 50, restarted: 50, away: 50 };

const INTERVAL_S = 1;
const DOWN_AFTER_S = 6;
const CONFIG = { interval_s: INTERVAL_S, suspect_after_s: 3, down_after_s: DOWN_AFTER_S, reconnect_grace_s: 2 };
/** Nothing happens for so long, and then everybody must be up. */
const CALM_MS = 5_000;
const BEGIN_WITHIN_MS = 60_000;
/** By then everybody who is gone must have been called so. */
const VERDICT_MS = (DOWN_AFTER_S + 3) * 1_000;
const SETTLES_MS = 4_000;
const AT_ONCE = 16;
const FAULTS_NAMED = 5;

/** A thousand objects of their own take minutes to begin where all share a disk and a thread: fewer show the same. */
const PARTITIONS = [
  { what: "1,000 nodes, NODE_PARTITIONS=3", partitions: "3", share: 1 },
  { what: "300 nodes, one object each", partitions: "", share: 0.3 },
];
type Variant = (typeof PARTITIONS)[number];
const WITHIN_A_SECOND: Aim[] = [{ of: "value", bound: "at most", value: 1_000 }];

async function forEach<T>(items: T[], does: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await does(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function ask<T>(server: Server, path: string, init?: RequestInit): Promise<T> {
  const answer = await server.fetch(path, init);
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}.`);
  return (await answer.json()) as T;
}

async function statuses(server: Server): Promise<Map<string, string>> {
  type Listed = { nodes: { node: string; status: string }[] };
  const { nodes } = await ask<Listed>(server, "/api/v1/nodes?limit=1000");
  return new Map(nodes.map(({ node, status }) => [node, status]));
}

interface Story {
  logs: NodeLog[];
  heard: Heard[];
  actedMs: number;
  /** What is wrong beside what was said of each. */
  faults: string[];
}

/** From the first beat until everybody who went is back. */
async function liveThrough(server: Server, nodes: Nodes, fleet: Fleet): Promise<Story> {
  for (let left = BEGIN_WITHIN_MS / CALM_MS; ; left--) {
    await pause(CALM_MS);
    const begun = [...(await statuses(server)).values()].filter((status) => status === "up").length;
    if (begun === fleet.nodes.length) break;
    if (left <= 0) throw new Error(`Only ${begun} of ${fleet.nodes.length} nodes began.`);
  }
  await nodes.ask({ do: "act" });
  await pause(VERDICT_MS);
  const stand = await statuses(server);
  await nodes.ask({ do: "comeBack" });
  await pause(SETTLES_MS);
  const { logs = [], heard = [], faults = [], actedMs = 0 } = await nodes.ask({ do: "report" });
  const misjudged = fleet.nodes.filter(({ node, role }) => stand.get(node) !== STATUS[role]);
  return {
    logs,
    heard,
    actedMs,
    faults: [...faults, ...misjudged.map(({ node, role }) => `${node} (${role}) stood as ${stand.get(node)}`)],
  };
}

/** What D1 has of each node against what was heard of it. */
async function unlikeHistory(server: Server, { heard }: Story): Promise<string[]> {
  const unlike: string[] = [];
  await forEach([...Map.groupBy(heard, ({ node }) => node)], async ([node, said]) => {
    const { events } = await ask<{ events: { event: string }[] }>(server, `/api/v1/nodes/${node}/history`);
    // The socket listens from when all are registered.
    const stored = events
      .map(({ event }) => event)
      .reverse()
      .slice(1);
    const told = said.map(({ event }) => event).filter((event) => event !== "link");
    if (stored.join() !== told.join()) unlike.push(`${node}: told ${told.join()}, stored ${stored.join()}`);
  });
  return unlike;
}

/** The whole story once. */
async function tell(context: Context, server: Server, variant: Variant): Promise<Verdicts & { lateMs: number }> {
  const share = variant.share * (context.quick ? QUICK_SHARE : 1);
  const counts = Object.fromEntries(Object.entries(OF_EACH).map(([role, many]) => [role, Math.round(many * share)]));
  const nodes = fleetOf(Math.round(THOUSAND * share), counts);
  const body = JSON.stringify(CONFIG);
  await forEach(nodes, ({ node }) => ask(server, `/api/v1/nodes/${node}`, { method: "PUT", body }));
  const fleet: Fleet = { url: server.url, key: server.key, intervalS: INTERVAL_S, nodes };
  const crowd = await Nodes.open(fleet);
  try {
    const story = await liveThrough(server, crowd, fleet);
    const happened = story.heard.filter(({ heardMs }) => heardMs >= story.actedMs);
    const verdicts = verdictsOf(story.logs, happened, {
      downAfterMs: DOWN_AFTER_S * 1_000,
      isShared: variant.partitions !== "",
    });
    const wrong = [...verdicts.wrong, ...story.faults, ...(await unlikeHistory(server, story))];
    return { ...verdicts, wrong, lateMs: Math.max(...story.logs.map(({ lateMs }) => lateMs)) };
  } finally {
    await crowd.close();
  }
}

/** A further figure of the same rounds. */
const beside = ({ hello, more }: Figure, what: string, unit: string, name: string, aims: Aim[]): Figure => ({
  what,
  unit,
  value: Number(more?.[name]),
  rounds: [],
  aims,
  ...(hello === undefined ? {} : { hello }),
});

async function measureNodes(context: Context, variant: Variant): Promise<Outcome> {
  const { what, partitions } = variant;
  let last: Verdicts | undefined;
  const round = async (): Promise<Round> => {
    const told = await withProduct({ NODE_PARTITIONS: partitions }, (server) => tell(context, server, variant));
    last = told;
    const { downMs, backMs, wrong, falseDown, atOnce, lateMs } = told;
    for (const text of wrong.slice(0, FAULTS_NAMED)) context.say(`  ! ${text}`);
    const down = { "p50 ms": downMs.p50, "max ms": downMs.max, "called down": downMs.count };
    const back = { "back p50 ms": backMs.p50, "back p99 ms": backMs.p99 };
    const faults = {
      "down at once": atOnce,
      "false down": falseDown,
      wrong: wrong.length,
      "latest beat of the load ms": lateMs,
    };
    return { value: downMs.p99, more: { ...down, ...back, ...faults } };
  };
  const title = `Down is on the page, p99 after its deadline, ${what}`;
  // A round is two minutes.
  const figure = await measure(
    { ...context, rounds: 1 },
    { what: title, unit: "ms", aims: WITHIN_A_SECOND, round },
    false,
  );
  const none: Aim[] = [{ of: "value", bound: "at most", value: 0 }];
  const figures = [
    figure,
    beside(figure, `Back is on the page, p99 after its first beat, ${what}`, "ms", "back p99 ms", WITHIN_A_SECOND),
    beside(figure, `Nodes called down that were not, ${what}`, "nodes", "false down", none),
    beside(figure, `Nodes with any other fault, ${what}`, "nodes", "wrong", none),
  ];
  return { figures, tables: last === undefined ? [] : [tableOf(what, last)] };
}

function tableOf(what: string, { times }: Verdicts): Table {
  const seconds = (ms: number) => (Number.isFinite(ms) ? `${(ms / 1_000).toFixed(1)} s` : "");
  const range = ({ p50, max }: Spread) => (Number.isFinite(max) ? `${seconds(p50)} / ${seconds(max)}` : "");
  return {
    title: `What was said of each, ${what}`,
    head: ["role", "nodes", "said", "right", "first verdict p50 / max", "last verdict p50 / max"],
    rows: times.map(({ role, nodes, events, right, firstMs, lastMs }) =>
      [role, nodes, events, right, range(firstMs), range(lastMs)].map(String),
    ),
  };
}

async function run(context: Context): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  // A server each, one after the other.
  for (const variant of PARTITIONS) outcomes.push(await measureNodes(context, variant));
  const note =
    "A time counts from when a node last sent something (a restart's from when it began to connect) to the frame on a socket " +
    "that listens to topic `nodes`. Nodes that share an object are called suspect on a grid, here of 3 s, which may " +
    'reach to the moment when they are down ("down at once"), and those whose connection closes at the end of its grace of ' +
    "2 s; down is exact. The load is one process on the same machine; how late it was " +
    "itself is given.";
  return {
    figures: outcomes.flatMap(({ figures }) => figures),
    tables: outcomes.flatMap(({ tables = [] }) => tables),
    notes: [note],
  };
}

export const nodes: Scenario = { name: "nodes", title: "A thousand nodes, some of which fail", run };
