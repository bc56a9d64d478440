/* A monitor without its disk: the real reducer in the real core of a ledger, sockets and a table that see beats, a clock,
 * and one alarm that may ring late. What a deploy takes, it takes. */
import { admit, clockDue, tick } from "../../../src/domain/ledger/admit";
import {
  type Core,
  emptyCore,
  type Kit,
  loadCore,
  reconsider,
  replay,
  saveCore,
} from "../../../src/domain/ledger/core";
import { newDraft, type SealedRow, seal } from "../../../src/domain/ledger/draft";
import type { Beat, NodeCommand } from "../../../src/domain/nodes/decide";
import { endedBefore } from "../../../src/domain/nodes/heard";
import { monitorOf } from "../../../src/domain/nodes/monitor";
import { configOf, type NodeConfigInput, type NodeStatus } from "../../../src/domain/nodes/node";
import type { NodeData } from "../../../src/domain/nodes/node-event";
import type { NodeFact, NodeState } from "../../../src/domain/nodes/state";
import type { Sighting } from "../../../src/domain/nodes/status";

export const START = Date.parse("2026-11-21T10:00:00Z");

export interface Told {
  node: string;
  event: string;
  /** Seconds since the start. */
  at: number;
  data: NodeData;
}

export class World {
  now = START;
  core: Core<NodeState, NodeCommand>;
  readonly rows: SealedRow[] = [];
  readonly told: Told[] = [];
  /** Alarms set: each is a row written. */
  armed = 0;
  rings = 0;
  /** When each node was really heard, all ways. */
  readonly heard = new Map<string, number>();
  readonly #kit: Kit<NodeState, NodeCommand, NodeFact>;
  readonly #sockets = new Map<string, number>();
  readonly #table = new Map<string, { at: number | undefined; closedAt: number | undefined }>();
  #alarm: number | undefined;
  #keys = 0;

  constructor(isShared = false) {
    this.#kit = { reducer: monitorOf({ of: (node) => this.sighting(node) }, isShared), outputs: [] };
    this.core = emptyCore();
  }

  sighting(node: string): Sighting {
    const socket = this.#sockets.get(node);
    const row = this.#table.get(node);
    const beats = [socket, row?.at].filter((at) => at !== undefined);
    return {
      lastBeat: beats.length === 0 ? undefined : Math.max(...beats),
      connected: socket !== undefined,
      closedAt: socket === undefined ? row?.closedAt : undefined,
    };
  }

  /* === What happens ================================================================================================== */

  beat(node = "n", beat: Partial<Beat> = {}): void {
    this.#hear(node);
    const closedAt = this.#table.get(node)?.closedAt;
    this.#table.set(node, { at: this.now, closedAt: closedAt && endedBefore(closedAt, this.now) });
    this.say(node, { type: "beat", status: "ok", ...beat });
  }

  open(node = "n", beat: Partial<Beat> = {}): void {
    this.#hear(node);
    this.#sockets.set(node, this.now);
    const row = this.#table.get(node);
    if (row !== undefined) this.#table.set(node, { ...row, closedAt: undefined });
    this.say(node, { type: "beat", ...beat });
  }

  /** The runtime answers it; nobody wakes. */
  socketBeat(node = "n"): void {
    if (!this.#sockets.has(node)) return;
    this.#hear(node);
    this.#sockets.set(node, this.now);
  }

  close(node = "n"): void {
    const at = this.#sockets.get(node);
    if (at === undefined) return;
    this.#table.set(node, { at: Math.max(at, this.#table.get(node)?.at ?? 0), closedAt: this.now });
    this.#sockets.delete(node);
    reconsider(this.core, this.#kit, node);
    this.#arm();
  }

  stop(node = "n"): void {
    this.#hear(node);
    this.#table.set(node, { at: this.now, closedAt: this.now });
    this.#sockets.delete(node);
    this.say(node, { type: "beat", status: "stopping" });
  }

  fail(node = "n"): void {
    this.say(node, { type: "fail" });
  }

  configure(input: NodeConfigInput, node = "n"): void {
    this.say(node, { type: "configure", config: configOf(node, input) });
  }

  /** All sockets are closed and no handler runs; memory is rebuilt from the disk. */
  deploy(from: "log" | "checkpoint" = "log"): void {
    this.#sockets.clear();
    this.core = this.rebuilt(from);
  }

  rebuilt(from: "log" | "checkpoint"): Core<NodeState, NodeCommand> {
    if (from === "checkpoint") {
      const { pos } = this.core;
      return loadCore(this.#kit, saveCore(this.core, this.#kit, { pos, at: this.now })).core;
    }
    const core = emptyCore<NodeState, NodeCommand>();
    for (const row of this.rows) replay(core, this.#kit, row);
    return core;
  }

  /** Lets time pass; the alarm rings on the way, each time so many seconds late. */
  pass(seconds: number, late = 0): void {
    const until = this.now + seconds * 1_000;
    while (this.#alarm !== undefined && this.#alarm <= until) {
      this.now = Math.max(this.now, this.#alarm + late * 1_000);
      this.ring();
    }
    this.now = Math.max(this.now, until);
  }

  ring(): void {
    this.rings++;
    this.#alarm = undefined;
    if ((clockDue(this.core) ?? Number.POSITIVE_INFINITY) <= this.now) {
      this.#write((draft) => tick(this.core, this.#kit, draft));
    }
    // A socket that was silent is closed, so that whoever lives comes back by another one.
    for (const node of this.#sockets.keys())
      if (["suspect", "down", "stopped"].includes(this.status(node) ?? "")) this.close(node);
    this.#arm();
  }

  say(node: string, body: NodeCommand): void {
    const request = { key: `${this.#keys++}`, hash: "", events: [{ stream: node, source: "test", body }] };
    this.#write((draft) => void admit(this.core, this.#kit, draft, request));
    this.#arm();
  }

  /* === What became of it ============================================================================================= */

  state(node = "n"): NodeState | undefined {
    return this.core.streams.get(node)?.state;
  }

  status(node = "n"): NodeStatus | undefined {
    return this.state(node)?.status;
  }

  /** `event@seconds`, of one node. */
  story(node = "n"): string[] {
    return this.told.filter((told) => told.node === node).map(({ event, at }) => `${event}@${at}`);
  }

  last(): Told | undefined {
    return this.told.at(-1);
  }

  #hear(node: string): void {
    this.heard.set(node, this.now);
  }

  #arm(): void {
    const head = clockDue(this.core);
    if (head === undefined || (this.#alarm !== undefined && this.#alarm <= head)) return;
    this.#alarm = Math.max(head, this.now + 1);
    this.armed++;
  }

  #write(change: (draft: ReturnType<typeof newDraft>) => void): void {
    const draft = newDraft(this.now, () => 0.5);
    change(draft);
    this.rows.push(...seal(this.core, this.#kit, draft));
    for (const fresh of draft.fresh.values()) {
      for (const text of fresh.frames) {
        const { type, data } = JSON.parse(text) as { type: string; data: NodeData };
        this.told.push({ node: data.node, event: type, at: (this.now - START) / 1_000, data });
      }
    }
  }
}
