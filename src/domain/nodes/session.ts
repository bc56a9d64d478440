/* The socket of an agent: one text that the runtime answers without waking anybody, and a few messages. */
import * as z from "zod";
import { MetricName } from "../telemetry/sample";
import { Timestamp } from "../time";
import { Heartbeat } from "./node";

/** The beat, to the letter, and its answer. */
export const AGENT_BEAT = '{"type":"beat"}';
export const AGENT_OK = '{"type":"ok"}';

const { boot_id, interval_s, pool, message } = Heartbeat.shape;

const MAX_METRICS = 500;

export const Metrics = z.object({
  type: z.literal("metrics"),
  /** The same id again is the same sample. */
  id: z.string().min(1).max(64),
  timestamp: Timestamp,
  metrics: z
    .record(MetricName, z.number())
    .refine((metrics) => Object.keys(metrics).length <= MAX_METRICS, { error: `at most ${MAX_METRICS} of them` }),
});
export type Metrics = z.infer<typeof Metrics>;

export const AgentMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("hello"), boot_id, interval_s, pool, version: z.string().max(64).optional(), message }),
  Metrics,
  z.object({ type: z.literal("status"), status: z.enum(["ok", "degraded"]), message }),
  /** A clean stop. The server closes the socket once it is on record. */
  z.object({ type: z.literal("stopping"), message }),
  /** The beat, spelled otherwise. */
  z.object({ type: z.literal("beat") }),
]);
export type AgentMessage = z.infer<typeof AgentMessage>;

export const AgentAnswer = z.discriminatedUnion("type", [
  z.object({ type: z.literal("welcome"), interval_s: z.number(), metrics_every_s: z.number(), now: z.number() }),
  z.object({ type: z.literal("ok") }),
  z.object({ type: z.literal("ack"), id: z.string() }),
  z.object({ type: z.literal("error"), code: z.string(), detail: z.string() }),
]);
export type AgentAnswer = z.infer<typeof AgentAnswer>;

/** How often an agent sends metrics. */
export const METRICS_EVERY_S = 60;

/** Why the server closes a session. */
export const SESSION_CLOSE = {
  stopped: 1000,
  /** Its key was deleted. */
  unauthorized: 4001,
  /** It was silent for too long: whoever lives comes back. */
  silent: 4002,
  deleted: 4004,
  /** The node has opened another one. */
  replaced: 4010,
} as const;
