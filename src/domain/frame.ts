/* What travels on sockets and SSE: one union per direction, used by both ends. */
import * as z from "zod";
import { Severity } from "./alerts/alert";
import { locationKey } from "./alerts/location-key";
import { Position } from "./ledger/position";

const Topic = z.string().min(1).max(160);

/** One entry of a stream, as every reader sees it: in the log, in REST ranges, on sockets. */
export const Frame = z.object({
  topic: Topic,
  epoch: z.string(),
  seq: z.number().int(),
  type: z.string(),
  at: z.string(),
  data: z.unknown(),
  /** On a broadcast topic: the stream and position the frame came from. */
  origin: z.object({ topic: Topic, epoch: z.string(), seq: z.number().int() }).optional(),
});
export type Frame = z.infer<typeof Frame>;

const Place = z
  .string()
  .max(128)
  .refine((name) => name === "*" || locationKey(name.replace(/\*$/, "")) !== "", { error: "must name a place" });

/** What of a topic is wanted; a list that is empty or absent restricts nothing. How it is read: live/filter.ts. */
export const Filter = z.strictObject({
  /** Compared as `locationKey` does; `*` at the end: whatever begins so. */
  locations: z.array(Place).max(100).optional(),
  severities: z.array(Severity).max(10).optional(),
});
export type Filter = z.infer<typeof Filter>;

/** One wish of a subscription. Without `after` it begins with a snapshot. */
export const Subscription = z.object({
  topic: Topic,
  after: Position.optional(),
  filter: Filter.optional(),
  /** Only the latest frame per so many milliseconds. */
  pace_ms: z.union([z.literal(100), z.literal(250), z.literal(1000)]).optional(),
});
export type Subscription = z.infer<typeof Subscription>;

export const ClientMessage = z.discriminatedUnion("type", [
  /** More than MAX_TOPICS are `too_many_topics`, like those that a socket gathers. */
  z.object({ type: z.literal("subscribe"), topics: z.array(Subscription).min(1) }),
  z.object({ type: z.literal("unsubscribe"), topics: z.array(Topic).min(1).max(200) }),
  /** Everything up to here was read. */
  z.object({ type: z.literal("position"), topics: z.array(Position.extend({ topic: Topic })).max(200) }),
  z.object({ type: z.literal("ping") }),
]);
export type ClientMessage = z.infer<typeof ClientMessage>;

/** Exact text of the ping that the runtime answers by itself, and of its answer. */
export const PING = '{"type":"ping"}';
export const PONG = '{"type":"pong"}';

/** What a server sends besides frames. A frame is everything whose `type` is none of these. */
export const ControlMessage = z.discriminatedUnion("type", [
  /** First message of a socket. `stream` names it for reconnects with the same ticket; `retry_ms` is the span to jitter in.
   * `acknowledge`: this client is asked to say what it has read. `at`: the server's clock, for devices whose own is wrong. */
  z.object({
    type: z.literal("hello"),
    stream: z.string(),
    retry_ms: z.number(),
    acknowledge: z.boolean(),
    at: z.string(),
  }),
  /** The state of a topic at a position. `gap`: the range asked for is no longer kept. */
  z.object({
    type: z.literal("snapshot"),
    topic: Topic,
    epoch: z.string(),
    seq: z.number().int(),
    at: z.string(),
    data: z.unknown(),
    gap: z.literal(true).optional(),
  }),
  /** This socket is complete up to these positions (paced and filtered clients cannot see it from seq). */
  z.object({ type: z.literal("position"), topics: z.array(Position.extend({ topic: Topic })) }),
  /** Nobody has posted to this topic yet; its first frame will come as soon as there is one. */
  z.object({ type: z.literal("unknown"), topic: Topic }),
  z.object({ type: z.literal("error"), code: z.string(), detail: z.string(), topic: Topic.optional() }),
  z.object({ type: z.literal("pong") }),
]);
export type ControlMessage = z.infer<typeof ControlMessage>;
export type SnapshotMessage = Extract<ControlMessage, { type: "snapshot" }>;

export const MAX_TOPICS = 200;
export const MAX_SUBSCRIPTION_BYTES = 8_192;

/** Close codes of our own. */
export const CLOSE = {
  /** Frames stayed unacknowledged for too long or too many of them; reconnect and resume. */
  slow: 4008,
  /** The key or ticket of this socket is no longer valid. */
  unauthorized: 4001,
  too_many_topics: 4009,
  too_many_messages: 4029,
} as const;

/** Frames of one topic on their way from the object that owns it (or a Topic) to a child. `frames[i]` has seq `first + i`
 * and is the serialised Frame; a `snapshot` (serialised SnapshotMessage) stands for everything up to and including `seq`. */
export type Delivery =
  | { topic: string; epoch: string; first: number; frames: string[] }
  | { topic: string; epoch: string; seq: number; snapshot: string };

/** How far one frame came in one hub. The counts are of the whole time since: a later report replaces an earlier one. */
export interface ReachReport extends Position {
  topic: string;
  /** Sockets that listened to the topic when the frame came. */
  registered: number;
  /** Those of them that are asked to acknowledge. */
  asked: number;
  /** Texts handed to sockets: a filter keeps some back. */
  flushed: number;
  /** Sockets that were asked and are past this frame. */
  acknowledged: number;
  /** Pairs: milliseconds from `accepted_at` until every text was handed over, and how many texts that were. */
  latencies: number[][];
}

/** What a child has of each topic of a delivery after it: the sender goes on from there. */
export interface Receipts {
  have: Record<string, Position>;
  /** Of frames whose counts have changed since they were last reported. */
  reach?: ReachReport[];
}

/** `unknown`: the owner has no such stream and has stored nothing. `elsewhere`: it has stored nothing either, for it calls
 * enough hubs itself; its relay named `parent` is to be asked. */
export type LeaseAnswer =
  | { status: "unknown" }
  | { status: "elsewhere"; parent: string }
  | { status: "leased"; head: Position; delivery: Delivery[] };
