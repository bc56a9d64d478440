/* The wall of nodes without a browser: what frames make of it, and how it is put. */
import { describe, expect, it } from "vitest";
import { type Place, tileAfter } from "../../dashboard/src/nodes/arrow-keys";
import { agentLine, cronLine, expectedOf, isId, WAYS, type Way } from "../../dashboard/src/nodes/commands";
import { LOOK_WORDS, LOOKS, lookOf } from "../../dashboard/src/nodes/look";
import { parted } from "../../dashboard/src/nodes/parted";
import { draftOf, inputOf, utcOf } from "../../dashboard/src/nodes/settings";
import { chosen, countsOf, groupsOf, summaryOf, troubleOf, Wall } from "../../dashboard/src/nodes/wall";
import type { WallNode } from "../../src/domain/nodes/answers";
import { configOf, NodeConfigInput, NodeId, STATUSES } from "../../src/domain/nodes/node";

const node = (id: string, some: Partial<WallNode> = {}): WallNode => ({
  node: id,
  name: id,
  pool: "web",
  status: "up",
  active: true,
  health: "ok",
  since: "2026-11-21T10:00:00.000Z",
  last_seen: "2026-11-21T10:00:00.000Z",
  ...some,
});

const frame = (
  id: string,
  seq: number,
  some: Partial<WallNode> = {},
  more: { type?: string; epoch?: string } = {},
) => ({
  type: more.type ?? "started",
  data: { ...node(id, some), event: more.type ?? "started", boot_id: null },
  origin: { topic: `nodes/${id}`, epoch: more.epoch ?? "e1", seq },
});

const statusOn = (wall: Wall, id: string) => wall.nodes.get(id)?.status;

describe("the fold of frames", () => {
  it("begins with a snapshot and takes each node as its last frame says", () => {
    const wall = new Wall();
    wall.reset({ nodes: [node("a"), node("b", { status: "new" })] });
    expect(wall.take(frame("b", 2, { status: "down" }))).toBe(true);
    expect(wall.take(frame("c", 1, { status: "new" }, { type: "registered" }))).toBe(true);
    expect(["a", "b", "c"].map((id) => statusOn(wall, id))).toEqual(["up", "down", "new"]);
  });

  it("forgets a node that was deleted, and knows it again when it is registered anew", () => {
    const wall = new Wall();
    wall.take(frame("a", 1));
    expect(wall.take(frame("a", 2, {}, { type: "deleted" }))).toBe(true);
    expect(wall.nodes.size).toBe(0);
    wall.take(frame("a", 3, { status: "new" }, { type: "registered" }));
    expect(statusOn(wall, "a")).toBe("new");
  });

  it("does not let an earlier owner of a node set it back", () => {
    const wall = new Wall();
    wall.take(frame("a", 9, { status: "up" }, { epoch: "e1" }));
    wall.take(frame("a", 1, { status: "down" }, { epoch: "e2" }));
    expect(wall.take(frame("a", 10, { status: "up" }, { epoch: "e1" }))).toBe(false);
    expect(statusOn(wall, "a")).toBe("down");
  });

  it("sees no change where only the last beat is another", () => {
    const wall = new Wall();
    wall.take(frame("a", 1));
    const before = wall.nodes.get("a");
    expect(wall.take(frame("a", 2, { last_seen: "2026-11-21T11:00:00.000Z" }, { type: "link" }))).toBe(false);
    expect(wall.nodes.get("a")).toBe(before);
  });

  it("leaves alone what is no node", () => {
    const wall = new Wall();
    wall.reset({ nodes: [{ node: 7 }, null, { ...node("x"), status: "kaput" }] });
    for (const data of [{}, null, "text", { ...node("y"), pool: undefined }]) {
      expect(wall.take({ type: "resync", data })).toBe(false);
    }
    expect(wall.nodes.size).toBe(0);
  });
});

describe("the wall", () => {
  it("has a word for each status, and tells up from up and in trouble", () => {
    expect(LOOKS.toSorted()).toEqual([...STATUSES, "degraded"].toSorted());
    expect(Object.keys(LOOK_WORDS).toSorted()).toEqual(LOOKS.toSorted());
    expect(lookOf(node("a", { health: "warning" }))).toBe("degraded");
    expect(lookOf(node("a", { status: "suspect", health: "warning" }))).toBe("suspect");
  });

  it("puts the worst of a pool first and names in their natural order; pools keep their places", () => {
    const groups = groupsOf([
      node("web-10"),
      node("web-2"),
      node("web-3", { status: "down", health: "critical" }),
      node("web-1", { health: "warning" }),
      node("db-1", { pool: "db", status: "stopped" }),
    ]);
    expect(groups.map(({ pool }) => pool)).toEqual(["db", "web"]);
    expect(groups[1]?.nodes.map((n) => n.node)).toEqual(["web-3", "web-1", "web-2", "web-10"]);
    const counts = groups[1]?.counts ?? countsOf([]);
    expect([troubleOf(counts), summaryOf(counts)]).toEqual(["1 down, 1 degraded", "1 down, 1 degraded, 2 up"]);
  });

  it("shows those of the chosen looks whose name, id or pool contains the text", () => {
    const all = [node("a", { status: "down" }), node("b", { name: "Alpha" }), node("c", { pool: "mail" })];
    const ids = (looks: Parameters<typeof chosen>[1]["looks"], text: string) =>
      chosen(all, { looks, text }).map((n) => n.node);
    expect(ids(new Set(), "")).toEqual(["a", "b", "c"]);
    expect(ids(new Set(["down"]), "")).toEqual(["a"]);
    expect(ids(new Set(), " ALPHA ")).toEqual(["b"]);
    expect(ids(new Set(["up"]), "mail")).toEqual(["c"]);
  });
});

describe("arrow keys", () => {
  const row = (top: number, lefts: number[]): Place[] => lefts.map((left) => ({ left, top, width: 100 }));
  const places = [...row(0, [0, 110, 220]), ...row(50, [0, 110]), ...row(200, [0, 110, 220])];

  it("go along the tiles and to the nearest tile of the next row", () => {
    expect(tileAfter("ArrowRight", places, 2)).toBe(3);
    expect(tileAfter("ArrowLeft", places, 3)).toBe(2);
    expect(tileAfter("ArrowDown", places, 2)).toBe(4);
    expect(tileAfter("ArrowDown", places, 4)).toBe(6);
    expect(tileAfter("ArrowUp", places, 7)).toBe(4);
    expect([tileAfter("Home", places, 4), tileAfter("End", places, 4)]).toEqual([0, 7]);
  });

  it("stay where nothing is beyond, and leave other keys alone", () => {
    expect(tileAfter("ArrowUp", places, 1)).toBeUndefined();
    expect(tileAfter("ArrowDown", places, 6)).toBeUndefined();
    expect(tileAfter("ArrowLeft", places, 0)).toBeUndefined();
    expect(tileAfter("Enter", places, 0)).toBeUndefined();
    expect(tileAfter("Home", places, -1)).toBeUndefined();
  });
});

describe("what a new node is told to run", () => {
  it("names the server, the key and the node", () => {
    expect(agentLine("http://h:1", "KEY", "web-1")).toBe(
      "npx -y http://h:1/agent.tgz --url http://h:1 --key KEY --node web-1",
    );
    expect(cronLine("hour", "http://h/ping/u")).toMatch(/^0 \* \* \* \* .*http:\/\/h\/ping\/u\/\$\?$/);
  });

  it.each(Object.keys(WAYS) as Way[])("says to the server what to expect of it (%s)", (way) => {
    const parsed = NodeConfigInput.safeParse(expectedOf(way, "web"));
    expect(parsed.error).toBeUndefined();
    expect(parsed.data?.pool).toBe("web");
  });

  it("takes the ids that the server takes", () => {
    const texts = ["web-1", "a", "A.b_c:d-e", "", "-a", "a b", "ä", "x".repeat(64), "x".repeat(65)];
    expect(texts.map(isId)).toEqual(texts.map((text) => NodeId.safeParse(text).success));
  });
});

describe("the settings", () => {
  it("come back as they were when nothing is changed", () => {
    const window = { start: 1_795_000_000_000, end: 1_795_003_600_000 };
    for (const input of [
      { interval_s: 60, maintenance: [window] },
      { cron: "*/5 * * * *", time_zone: "Europe/Berlin" },
    ]) {
      const config = configOf("n", { ...input, ephemeral: true, forget_after_s: 60 });
      expect(configOf("n", NodeConfigInput.parse(inputOf(draftOf(config))))).toEqual(config);
    }
  });

  it("leave what is blank to its default, and what is no number to the server's judgement", () => {
    const draft = { ...draftOf(configOf("n", {})), interval: "20", suspectAfter: " ", downAfter: "soon" };
    expect(inputOf(draft)).not.toHaveProperty("suspect_after_s");
    expect(NodeConfigInput.safeParse(inputOf(draft)).success).toBe(false);
    expect(configOf("n", NodeConfigInput.parse(inputOf({ ...draft, downAfter: "" })))).toMatchObject({
      suspect_after_s: 60,
      down_after_s: 120,
    });
  });

  it("take the times of windows as UTC", () => {
    expect(utcOf("2026-11-21T10:00")).toBe(Date.parse("2026-11-21T10:00:00Z"));
    expect(utcOf("")).toBeUndefined();
  });
});

describe("a name where there is little room", () => {
  it("keeps its end, unless its letters would come apart", () => {
    expect(parted("edge-eu-104")).toEqual(["edge-e", "u-104"]);
    expect(parted("db-1")).toEqual(["", "db-1"]);
    for (const name of ["خادم الإنتاج", "prod 👩‍👩‍👧‍👦", "🚀🔥🚀🔥"]) expect(parted(name)).toEqual([name, ""]);
  });
});
