/* The page's one live connection: the stream client in this browser's clothes, and its state as signals. */
import { effect, signal } from "@preact/signals";
import type { Ticket } from "../../../src/domain/access/ticket";
import type { Frame, SnapshotMessage } from "../../../src/domain/frame";
import type { Position } from "../../../src/domain/ledger/position";
import { endSession, key, role } from "../access/session";
import { call } from "../api/client";
import { sentenceOf } from "../api/problem";
import { skew, tellTime } from "../ui/clock";
import { type Connection, connectionOf } from "./connection";
import { Interest } from "./interest";
import { Delays, Rate } from "./rate";
import type { Terms } from "./replica";
import { StreamClient } from "./stream-client";
import { KeyRefused, type Socket } from "./surroundings";

/** What a socket may carry (domain/frame.ts, whose constants would bring zod into the bundle). */
const MAX_TOPICS = 200;
const MAX_SUBSCRIPTION_BYTES = 8_192;

/** One domain's ear. `prefix` is how its topics begin. */
export interface Listener {
  prefix: string;
  snapshot(message: SnapshotMessage, at: number): void;
  frame(frame: Frame, at: number): void;
  /** These topics are no longer followed: what is shown of them is not current. */
  unfollowed(topics: string[]): void;
  /** True when the domain knows a way without this topic; otherwise the person is told. */
  refused?(topic: string): boolean;
}

export const connection = signal<Connection>({ state: "catching_up", since: undefined });
/** What the stream refused and the page could not cure. */
export const streamProblem = signal<string | undefined>(undefined);
/** A socket is open, whatever still has to come over it. */
export const isOpen = signal(false);
export const frames = new Rate();
export const delays = new Delays();

const listeners: Listener[] = [];
const interest = new Interest(MAX_TOPICS, MAX_SUBSCRIPTION_BYTES);
let client: StreamClient | undefined;
let syncing = false;
/** Something is to be heard. Whoever has no key gets a connection only for what is public and wanted. */
const isWanted = signal(false);
const filters = new Map<string, NonNullable<Terms["filter"]>>();

export const listen = (listener: Listener): void => void listeners.push(listener);
const listenerOf = (topic: string) => listeners.find((l) => topic.startsWith(l.prefix));

/** Up to where this page has the topic. */
export const positionOf = (topic: string): Position | undefined => client?.replica.position(topic);

/** Follows topics until the returned function is called. */
export function follow(topics: string[]): () => void {
  interest.hold(topics);
  sync();
  return () => {
    interest.release(topics);
    // Without a key hardly anything may be heard: what the last session followed would only be refused.
    if (key.peek() === undefined) interest.forgetReleased();
    sync();
  };
}

/** Hears only what of a topic passes the filter, over the same socket; undefined: all of it. */
export function narrow(topic: string, filter: Terms["filter"]): void {
  if (filter === undefined) filters.delete(topic);
  else filters.set(topic, filter);
  if (client?.replica.has(topic)) client.follow([topic], termsOf(topic));
}

function termsOf(topic: string): Terms {
  const filter = filters.get(topic);
  return filter === undefined ? {} : { filter };
}

/** Wishes of one turn leave together: scrolling a table is a handful of messages, not one per row. */
function sync(): void {
  if (syncing) return;
  syncing = true;
  queueMicrotask(() => {
    syncing = false;
    const wanted = interest.wanted();
    isWanted.value = wanted.size > 0;
    if (client === undefined) return;
    const excess = client.replica.topics.filter((topic) => !wanted.has(topic));
    if (excess.length > 0) {
      client.unfollow(excess);
      for (const listener of listeners) listener.unfollowed(excess.filter((t) => t.startsWith(listener.prefix)));
    }
    const missing = [...wanted].filter((topic) => !client?.replica.has(topic));
    client.follow(missing.filter((topic) => !filters.has(topic)));
    for (const topic of missing.filter((name) => filters.has(name))) client.follow([topic], termsOf(topic));
  });
}

function openSocket(ticket: string | undefined, stream: string | undefined): Socket {
  const query = new URLSearchParams();
  if (ticket !== undefined) query.set("ticket", ticket);
  if (stream !== undefined) query.set("stream", stream);
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return new WebSocket(`${scheme}://${location.host}/api/v1/stream?${query}`) as unknown as Socket;
}

async function newTicket(): Promise<string | undefined> {
  if (key.peek() === undefined) return undefined;
  const answer = await call<Ticket>("/tickets", { method: "POST", body: {} });
  if (answer.ok) {
    role.value = answer.value.role;
    return answer.value.ticket;
  }
  const { problem } = answer;
  if (problem.status === 401 || problem.status === 403) throw new KeyRefused(sentenceOf(problem));
  throw new Error(problem.title); // Waited for and tried again.
}

function publish(): void {
  if (client === undefined) return;
  isOpen.value = client.link.phase === "open";
  const next = connectionOf(client.link, Date.now());
  if (JSON.stringify(next) !== JSON.stringify(connection.peek())) connection.value = next;
}

function begin(): void {
  client = new StreamClient(
    { open: openSocket, ticket: newTicket, now: Date.now, random: Math.random },
    {
      frame(frame) {
        const at = Date.now();
        frames.add(1, at);
        if (connection.peek().state === "live") delays.add(Math.max(0, at + skew.peek() - Date.parse(frame.at)));
        listenerOf(frame.topic)?.frame(frame, at);
      },
      snapshot: (message) => listenerOf(message.topic)?.snapshot(message, Date.now()),
      changed: publish,
      clock: tellTime,
      keyRefused: (detail) => endSession(detail),
      refused(code, detail, topic) {
        if (topic !== undefined && listenerOf(topic)?.refused?.(topic) === true) return;
        streamProblem.value = `The live stream refused ${topic ?? "a request"} (${code}): ${detail}`;
      },
    },
  );
  client.link.network = navigator.onLine;
  client.start();
  sync();
}

/** Calls when the connection is live again after it was not: what failed meanwhile need not wait for its next turn. */
export function onLiveAgain(again: () => void): () => void {
  let wasLive = connection.peek().state === "live";
  return connection.subscribe(({ state }) => {
    const isLive = state === "live";
    if (isLive && !wasLive) again();
    wasLive = isLive;
  });
}

/** Somebody does not want to sit out the pause. */
export const retryNow = (): void => client?.wake();

/** Called once, by the page's entry. The connection lives as long as there is a key, or something public to hear. */
export function runFeed(): void {
  effect(() => {
    client?.stop();
    client = undefined;
    streamProblem.value = undefined;
    isOpen.value = false;
    if (key.value === undefined) interest.forgetReleased();
    if (key.value !== undefined || isWanted.value) begin();
  });
  setInterval(() => client?.tick(), 1_000);
  addEventListener("online", () => client?.network(true));
  addEventListener("offline", () => client?.network(false));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") client?.wake();
  });
}
