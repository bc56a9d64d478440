/* NodeMonitor: one object per node, or per partition of nodes; named by partitionOf(the node's id); woken by signals over
 * HTTP, by messages and ends of agents' sockets, and by one alarm (silence, the end of a grace or a maintenance, the
 * outbox). A beat over a socket wakes nobody: the runtime answers it, and the alarm asks when it last did. What beats and
 * silence mean is domain/nodes; when each node was last heard is kept beside the log (node-monitor/seen.ts). */
import type { Birth } from "../domain/ledger/draft";
import type { NodeView, SignalAnswer } from "../domain/nodes/answers";
import { decideNode, type NodeCommand, type Signal } from "../domain/nodes/decide";
import type { Measure } from "../domain/nodes/metrics";
import { monitorOf } from "../domain/nodes/monitor";
import { NODES_TOPIC, type NodeConfig } from "../domain/nodes/node";
import { nodesOf } from "../domain/nodes/part";
import {
  AGENT_BEAT,
  AGENT_OK,
  type AgentAnswer,
  AgentMessage,
  METRICS_EVERY_S,
  type Metrics,
  SESSION_CLOSE,
} from "../domain/nodes/session";
import { dataOf, fresh, type NodeFact, type NodeState } from "../domain/nodes/state";
import { statusAt } from "../domain/nodes/status";
import { isPartition } from "../domain/partition";
import type { Result } from "../domain/result";
import { messageIn } from "../domain/socket-message";
import { LIES_AHEAD, liesAhead } from "../domain/time";
import { withoutKey } from "../storage/queries/keys";
import { registerObject } from "../storage/queries/registry";
import { closeSocket, replyToClose } from "./hub/close";
import { Ledger } from "./ledger/ledger";
import { LedgerObject } from "./ledger-object";
import { takeMetrics } from "./node-monitor/metrics";
import { Seen } from "./node-monitor/seen";
import { beatOf, callerOf, foreignMetric, REGISTERED_HEADER, type Speaker, tell } from "./node-monitor/session";
import { archived, surroundings } from "./surroundings";

/** People look at the wall: frames of a crashed object are looked after so soon, and flips leave after so long. */
const REPAIR_MS = 2_000;
const DELAY_MS = 1_000;

/** One thing that a node says over HTTP. */
export interface NodeSignal {
  node: string;
  /** Who says so: the key's id. */
  source: string;
  /** When it was sent, epoch ms, by the sender's clock. */
  at?: number | undefined;
  signal: Signal;
  /** A node that nobody knows is registered. */
  create: boolean;
}

export type Refused = { ok: false; code: "conflict" | "log_full" | "newer_format"; detail: string };
export type Answers<T> = { ok: true; answers: T[] } | Refused;

type Said = { node: string; source: string; command: NodeCommand };

export class NodeMonitor extends LedgerObject<NodeState, NodeCommand, NodeFact> {
  readonly #name = this.ctx.id.name ?? "";
  readonly #seen = new Seen(this.ctx);
  /** Sessions that are open and whose nodes' return is not yet on the disk. */
  readonly #welcoming = new Set<WebSocket>();
  protected readonly ledger = new Ledger<NodeState, NodeCommand, NodeFact>(this.ctx, {
    ...surroundings(this.ctx, this.env, "NodeMonitor"),
    reducer: monitorOf(this.#seen, isPartition(this.#name)),
    outputs: [nodesOf(`NodeMonitor/${this.#name}`), archived(this.env)],
    delayMs: DELAY_MS,
    repairMs: REPAIR_MS,
    followers: [`topic:${NODES_TOPIC}`],
    introduce: (births) => this.#introduce(births),
  });

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(AGENT_BEAT, AGENT_OK));
  }

  // --- RPC -------------------------------------------------------------------

  /** Takes in what nodes say, in order. Costs one row written per beat; one more where it changes a status. */
  async beat(signals: NodeSignal[]): Promise<Answers<SignalAnswer>> {
    const answers: SignalAnswer[] = [];
    const said: Said[] = [];
    for (const { node, source, at, signal, create } of signals) {
      const state = await this.#stateOf(node);
      const isKnown = state.status !== undefined || said.some((other) => other.node === node);
      const answer = { node, status: null, duplicate: false, ignored: false, created: !isKnown && create };
      answers.push(answer);
      if (!isKnown && !create) continue;
      if (signal.type === "beat") {
        const patienceMs = state.config.suspect_after_s * 1_000;
        const heard = this.#seen.hear(node, Date.now(), at, patienceMs);
        answer.duplicate = heard === "duplicate";
        answer.ignored = heard === "old";
        if (heard !== "new") continue;
      }
      said.push({ node, source, command: signal });
    }
    const refused = await this.#say(said);
    if (refused !== undefined) return refused;
    for (const answer of answers) answer.status = (await this.#stateOf(answer.node)).status ?? null;
    return { ok: true, answers };
  }

  /** What an operator expects of a node, whole. Registers one that nobody knows. */
  async configure(node: string, source: string, config: NodeConfig): Promise<Answers<NodeView>> {
    const refused = await this.#say([{ node, source, command: { type: "configure", config } }]);
    const view = await this.status(node);
    return refused ?? { ok: true, answers: view === null ? [] : [view] };
  }

  /** Passes on what a node measured; for each, whether it came before. None when nobody knows the node. */
  async measure(node: string, measures: Measure[]): Promise<Answers<boolean>> {
    const { status, config } = await this.#stateOf(node);
    if (status === undefined) return { ok: true, answers: [] };
    const answer = await takeMetrics(this.env, node, config.pool, measures);
    if (!answer.ok) return { ok: false, code: answer.code, detail: answer.detail };
    return { ok: true, answers: answer.receipts.map(({ duplicate }) => duplicate) };
  }

  /** Forgets a node; answers false when nobody knew it. */
  async remove(node: string, source: string): Promise<Answers<boolean>> {
    const isKnown = (await this.#stateOf(node)).status !== undefined;
    const refused = isKnown ? await this.#say([{ node, source, command: { type: "delete" } }]) : undefined;
    if (refused === undefined) this.#end(node, SESSION_CLOSE.deleted, "deleted");
    return refused ?? { ok: true, answers: [isKnown] };
  }

  /** A node as it stands this moment; null when nobody knows it. */
  async status(node: string): Promise<NodeView | null> {
    const stream = await this.ledger.stream(node);
    if (stream === undefined) return null;
    const sighting = this.#seen.of(node);
    const status = statusAt(stream.state, sighting, Date.now());
    const { event: _, severity: __, ...view } = dataOf("link", { ...stream.state, status }, sighting);
    const { config, configured } = stream.state;
    return { ...view, config, configured, epoch: stream.epoch, seq: stream.seq };
  }

  override async wake(): Promise<void> {
    await super.wake();
    await this.#endSilent();
    await this.#endRevoked(this.#seen.sessions);
  }

  // --- Alarm -----------------------------------------------------------------

  override async alarm(): Promise<void> {
    await super.alarm();
    await this.#endSilent();
  }

  // --- WebSockets ------------------------------------------------------------

  /** Opens an agent's session. The Worker has authenticated it. Its node is heard in the same turn. */
  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get("Upgrade") !== "websocket") return new Response(null, { status: 426 });
    const caller = callerOf(request);
    const { node, source } = caller;
    const isKnown = (await this.#stateOf(node)).status !== undefined;
    if (!isKnown && !caller.create) return new Response(null, { status: 429 });
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    const replaced = this.#seen.open(server, caller, Date.now());
    if (replaced !== undefined) closeSocket(replaced, SESSION_CLOSE.replaced, "replaced");
    this.#welcoming.add(server);
    const refused = await this.#say([{ node, source, command: { type: "beat" } }]);
    this.#welcoming.delete(server);
    const headers: HeadersInit = isKnown ? {} : { [REGISTERED_HEADER]: node };
    if (refused === undefined) return new Response(null, { status: 101, webSocket: client, headers });
    this.#end(node, 1013, refused.code);
    return new Response(null, { status: 503 });
  }

  override async webSocketMessage(ws: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const session = this.#seen.message(ws, Date.now());
    if (session === undefined) return; // It was ended by us and had this under way.
    const { node, source } = session;
    const said = messageIn(AgentMessage, data);
    const message = said.ok ? said.value : undefined;
    // Nothing that this socket still says is to revive what stops.
    if (message?.type === "stopping") this.#seen.close(ws, Date.now());
    const refused = await this.#say([{ node, source, command: beatOf(message) }]);
    if (refused !== undefined) tell(ws, { type: "error", code: refused.code, detail: refused.detail });
    else if (message?.type === "stopping") closeSocket(ws, SESSION_CLOSE.stopped, "stopped");
    else tell(ws, await this.#answerTo(session, said));
    if (session.isToBeChecked) await this.#endRevoked([session]);
  }

  override async webSocketClose(ws: WebSocket, code: number, reason: string): Promise<void> {
    replyToClose(ws, code, reason);
    await this.#lose(ws);
  }

  override webSocketError(ws: WebSocket): Promise<void> {
    return this.#lose(ws);
  }

  // --- Sessions --------------------------------------------------------------

  async #answerTo(speaker: Speaker, said: Result<AgentMessage, string>): Promise<AgentAnswer> {
    if (!said.ok) {
      const detail = `This is no message that a monitor knows: ${said.error}.`;
      return { type: "error", code: "invalid_request", detail };
    }
    const message = said.value;
    switch (message.type) {
      case "hello": {
        const { interval_s } = (await this.#stateOf(speaker.node)).config;
        return { type: "welcome", interval_s, metrics_every_s: METRICS_EVERY_S, now: Date.now() };
      }
      case "metrics":
        return this.#take(speaker, message);
      default:
        return { type: "ok" };
    }
  }

  async #take(speaker: Speaker, { type: _, ...measure }: Metrics): Promise<AgentAnswer> {
    const { node } = speaker;
    const foreign = foreignMetric(speaker, measure.metrics);
    if (foreign !== undefined) {
      return { type: "error", code: "forbidden", detail: `This key may not touch the metric ${foreign}.` };
    }
    if (liesAhead(measure.timestamp, Date.now())) {
      return { type: "error", code: "invalid_request", detail: `timestamp of ${measure.id} ${LIES_AHEAD}.` };
    }
    try {
      const answer = await this.measure(node, [measure]);
      if (answer.ok) return { type: "ack", id: measure.id };
      return { type: "error", code: answer.code, detail: answer.detail };
    } catch (error) {
      console.error("metrics were not passed on", node, error);
      return { type: "error", code: "unavailable", detail: "The figures could not be stored. Send them again." };
    }
  }

  /** The close of a connection is no entry: for a while it may come back. */
  async #lose(ws: WebSocket): Promise<void> {
    const node = this.#seen.close(ws, Date.now());
    if (node !== undefined) await this.ledger.reconsider(node);
  }

  #isWelcoming(node: string): boolean {
    const ws = this.#seen.sessionOf(node);
    return ws !== undefined && this.#welcoming.has(ws);
  }

  #end(node: string, code: number, reason: string): void {
    const ws = this.#seen.sessionOf(node);
    if (ws === undefined) return;
    this.#seen.close(ws, Date.now());
    closeSocket(ws, code, reason);
  }

  /** A beat over a socket that was called silent would wake nobody. So such a socket is closed: whoever lives opens
   * another, which is heard at once. */
  async #endSilent(): Promise<void> {
    for (const node of this.#seen.connected) {
      if (this.#isWelcoming(node)) continue;
      const { status, failedAt } = await this.#stateOf(node);
      const isSilent = status === "suspect" || status === "stopped" || (status === "down" && failedAt === undefined);
      if (isSilent) this.#end(node, SESSION_CLOSE.silent, "silent");
    }
  }

  /** A session is dead with its key, unless D1 does not say. A beat wakes nobody who could ask: other messages and the watchdog do. */
  async #endRevoked(sessions: readonly Speaker[]): Promise<void> {
    const gone = await withoutKey(this.env.DB, sessions, ({ source }) => source).catch((error: unknown): Speaker[] => {
      console.warn("D1 does not say which keys are left", error);
      return [];
    });
    for (const { node } of gone) this.#end(node, SESSION_CLOSE.unauthorized, "key deleted");
  }

  // --- Private ---------------------------------------------------------------

  async #stateOf(node: string): Promise<NodeState> {
    return (await this.ledger.stream(node))?.state ?? fresh(node);
  }

  /** What changes nothing but when a node was last heard is not appended. */
  async #say(said: Said[]): Promise<Refused | undefined> {
    const events = [];
    for (const { node, source, command } of said) {
      const facts = decideNode(await this.#stateOf(node), command, this.#seen.of(node), Date.now());
      if (facts.length > 0 || events.length > 0) events.push({ stream: node, source, body: command });
    }
    if (events.length === 0) return undefined;
    const answer = await this.ledger.append({ key: crypto.randomUUID(), hash: "", events });
    return answer.ok ? undefined : { ok: false, code: answer.code, detail: answer.detail };
  }

  async #introduce(births: Birth[]): Promise<void> {
    await registerObject(this.env.DB, "NodeMonitor", this.#name, births[0]?.epoch ?? "", Date.now());
    for (const { stream, gone } of births) {
      if (gone && (await this.ledger.stream(stream)) === undefined) this.#seen.forget(stream);
    }
  }
}
