/* All nodes as they stand: a fold over the topic `nodes`, and how the wall puts them. Pure. */

import type { Frame } from "../../../src/domain/frame";
import type { Position } from "../../../src/domain/ledger/position";
import type { WallNode } from "../../../src/domain/nodes/answers";
import { comparePositions } from "../live/replica";
import { isStatus, LOOKS, type Look, lookOf, rankOf } from "./look";

const FIELDS = ["node", "name", "pool", "status", "active", "health", "since", "last_seen"] as const;

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;

/** Undefined for what is no node, such as a frame that only says how far the topic has followed. */
export function wallNodeOf(data: unknown): WallNode | undefined {
  if (!isFields(data) || !isStatus(data.status)) return undefined;
  const isNamed = [data.node, data.name, data.pool, data.since].every((text) => typeof text === "string");
  return isNamed ? (Object.fromEntries(FIELDS.map((field) => [field, data[field]])) as WallNode) : undefined;
}

/** The last beat known is on no tile, so that it alone changes none. */
const isSame = (a: WallNode, b: WallNode): boolean =>
  FIELDS.every((field) => field === "last_seen" || a[field] === b[field]);

export class Wall {
  readonly nodes = new Map<string, WallNode>();
  /** Where the last frame of each node came from: one that had another owner meanwhile is not set back by the earlier. */
  readonly #origins = new Map<string, Position>();

  reset(data: unknown): void {
    this.clear();
    const nodes = isFields(data) && Array.isArray(data.nodes) ? data.nodes : [];
    for (const node of nodes.map(wallNodeOf)) if (node !== undefined) this.nodes.set(node.node, node);
  }

  clear(): void {
    this.nodes.clear();
    this.#origins.clear();
  }

  /** True when something that is seen of a node changed. */
  take({ type, data, origin }: Pick<Frame, "type" | "data" | "origin">): boolean {
    const node = wallNodeOf(data);
    if (node === undefined || !this.#isNews(node.node, origin)) return false;
    if (type === "deleted") return this.nodes.delete(node.node);
    const known = this.nodes.get(node.node);
    if (known !== undefined && isSame(known, node)) return false;
    this.nodes.set(node.node, node);
    return true;
  }

  #isNews(node: string, origin: Position | undefined): boolean {
    const before = this.#origins.get(node);
    if (origin === undefined) return true;
    if (before !== undefined && comparePositions(origin, before) <= 0) return false;
    this.#origins.set(node, { epoch: origin.epoch, seq: origin.seq });
    return true;
  }
}

export type Counts = Record<Look, number>;

export function countsOf(nodes: readonly WallNode[]): Counts {
  const counts = Object.fromEntries(LOOKS.map((look) => [look, 0])) as Counts;
  for (const node of nodes) counts[lookOf(node)]++;
  return counts;
}

/** "3 down, 1 suspect": what is not as it should be; nothing when all is. */
export function troubleOf(counts: Counts): string {
  const bad: Look[] = ["down", "suspect", "flapping", "degraded"];
  return bad
    .filter((look) => counts[look] > 0)
    .map((look) => `${counts[look]} ${look}`)
    .join(", ");
}

/** "1 down, 2 degraded, 55 up": all there are, worst first. */
export const summaryOf = (counts: Counts): string =>
  LOOKS.filter((look) => counts[look] > 0)
    .map((look) => `${counts[look]} ${look === "maintenance" ? "in maintenance" : look}`)
    .join(", ");

export interface Choice {
  /** Empty: all of them. */
  looks: ReadonlySet<Look>;
  text: string;
}

export function chosen(nodes: readonly WallNode[], { looks, text }: Choice): WallNode[] {
  const wanted = text.trim().toLowerCase();
  return nodes.filter(
    (node) =>
      (looks.size === 0 || looks.has(lookOf(node))) &&
      [node.name, node.node, node.pool].some((name) => name.toLowerCase().includes(wanted)),
  );
}

export interface Group {
  pool: string;
  /** Worst first, then by name. */
  nodes: WallNode[];
  counts: Counts;
}

/** web-2 comes before web-10. */
const names = new Intl.Collator("en", { numeric: true });

const byWeight = (a: WallNode, b: WallNode): number =>
  rankOf(lookOf(a)) - rankOf(lookOf(b)) || names.compare(a.name, b.name) || names.compare(a.node, b.node);

/** Pools stay in their places, whatever becomes of their nodes. */
export function groupsOf(nodes: readonly WallNode[]): Group[] {
  const pools = Map.groupBy(nodes, ({ pool }) => pool);
  return [...pools]
    .map(([pool, some]) => ({ pool, nodes: some.toSorted(byWeight), counts: countsOf(some) }))
    .sort((a, b) => names.compare(a.pool, b.pool));
}
