/* Nodes again: what became of each, from the archive and as the installation's history shows it. */
import { type ArchiveLine, entryOf } from "../../src/domain/archive/line";
import { type NodeEventRow, rowsOf } from "../../src/domain/nodes/history";
import { type NodePart, nodesOf } from "../../src/domain/nodes/part";
import type { NodeFact } from "../../src/domain/nodes/state";
import { type Ask, type Comparison, compareRows, newComparison, type Replayer, type ReplaySpan } from "./replayer";

type Item = Omit<NodeEventRow, "node" | "at"> & { at: string };

interface Page {
  events: Item[];
  next_cursor: string | null;
}

export class NodeReplayer implements Replayer {
  readonly #span: ReplaySpan;
  readonly #parts: NodePart[] = [];

  constructor(span: ReplaySpan) {
    this.#span = span;
  }

  take(line: ArchiveLine): void {
    this.#parts.push(...(nodesOf(line.object).parts(entryOf<NodeFact>(line)) as NodePart[]));
  }

  /** Events within the span. */
  async compare(ask: Ask): Promise<Comparison[]> {
    const events = newComparison("events of nodes");
    for (const [node, rows] of Map.groupBy(rowsOf(this.#parts).events, (row) => row.node)) {
      const archived = rows.map(({ node: _, at, ...row }) => ({ ...row, at: new Date(at).toISOString() }));
      const keyOf = ({ epoch, seq }: Item) => `${epoch}:${seq}`;
      const isWithin = ({ at }: Item) => Date.parse(at) >= this.#span.from && Date.parse(at) < this.#span.to;
      const stored = await historyOf(ask, node);
      compareRows(events, node, keyOf, archived.filter(isWithin), stored.filter(isWithin));
    }
    return [events];
  }
}

async function historyOf(ask: Ask, node: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const after: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page = (await ask(`/nodes/${encodeURIComponent(node)}/history?limit=1000${after}`)) as Page | undefined;
    items.push(...(page?.events ?? []));
    cursor = page?.next_cursor ?? null;
  }
  return items;
}
