/* A node: a machine, a service or a job that says that it lives. What it may say, and what an operator may expect of it. */
import * as z from "zod";
import { Timestamp } from "../time";
import { cronProblem } from "./cron";

export const NODES_TOPIC = "nodes";

const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]*$/;

export const NodeId = z.string().min(1).max(64).regex(ID, "may hold letters, digits and . _ : - only");
export const Pool = z.string().min(1).max(64).regex(ID, "may hold letters, digits and . _ : - only");

export const DEFAULT_POOL = "default";
/** A node that nobody has configured. */
export const DEFAULTS = { interval_s: 10, suspect_after_s: 30, down_after_s: 60, reconnect_grace_s: 10 } as const;

const YEAR_S = 366 * 86_400;
const seconds = (min: number) =>
  z
    .number()
    .min(min)
    .max(2 * YEAR_S);

export const MaintenanceWindow = z
  .strictObject({ start: Timestamp, end: Timestamp })
  .refine(({ start, end }) => end > start, { path: ["end"], error: "must be later than start" });
export type MaintenanceWindow = z.infer<typeof MaintenanceWindow>;

/** What PUT takes. Where only the interval is given, the thresholds follow it: 3 and 6 intervals. */
export const NodeConfigInput = z
  .strictObject({
    name: z.string().min(1).max(200).optional(),
    pool: Pool.optional(),
    interval_s: z.number().min(1).max(YEAR_S).optional().describe("How often it means to beat, 1 s to 1 year"),
    cron: z.string().min(1).max(100).optional().describe("Instead of an interval: when its runs are due, five fields"),
    time_zone: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe("Of the cron expression, such as Europe/Berlin; UTC without"),
    suspect_after_s: seconds(1).optional(),
    down_after_s: seconds(1).optional(),
    reconnect_grace_s: seconds(0).optional().describe("How long a closed connection may take to come back"),
    maintenance: z.array(MaintenanceWindow).max(50).optional(),
    expected_offline: z.boolean().optional().describe("Silence is no failure: it is stopped then"),
    ephemeral: z.boolean().optional().describe("It may go for good: silence is no failure"),
    forget_after_s: seconds(1).optional().describe("An ephemeral node is forgotten so long after it stopped"),
  })
  .superRefine((config, ctx) => {
    if (config.cron !== undefined && config.interval_s !== undefined) {
      ctx.addIssue({ code: "custom", path: ["cron"], message: "give either interval_s or cron" });
    }
    const problem = config.cron === undefined ? undefined : cronProblem(config.cron, config.time_zone ?? "UTC");
    if (problem !== undefined) ctx.addIssue({ code: "custom", path: ["cron"], message: problem });
    const { suspect_after_s: suspect, down_after_s: down } = config;
    if (suspect !== undefined && down !== undefined && down < suspect) {
      ctx.addIssue({ code: "custom", path: ["down_after_s"], message: "must not be less than suspect_after_s" });
    }
  });
export type NodeConfigInput = z.infer<typeof NodeConfigInput>;

/** What is expected of a node, whole. Windows in epoch ms. */
export const NodeConfig = z.object({
  name: z.string(),
  pool: z.string(),
  interval_s: z.number(),
  cron: z.string().nullable(),
  time_zone: z.string(),
  suspect_after_s: z.number(),
  down_after_s: z.number(),
  reconnect_grace_s: z.number(),
  maintenance: z.array(z.object({ start: z.number(), end: z.number() })),
  expected_offline: z.boolean(),
  ephemeral: z.boolean(),
  forget_after_s: z.number(),
});
export type NodeConfig = z.infer<typeof NodeConfig>;

export function configOf(id: string, input: NodeConfigInput): NodeConfig {
  const interval = input.interval_s ?? DEFAULTS.interval_s;
  const usual = input.cron === undefined ? 3 * interval : DEFAULTS.down_after_s;
  const suspect = input.suspect_after_s ?? Math.min(usual, input.down_after_s ?? usual);
  return {
    name: input.name ?? id,
    pool: input.pool ?? DEFAULT_POOL,
    interval_s: interval,
    cron: input.cron ?? null,
    time_zone: input.time_zone ?? "UTC",
    suspect_after_s: suspect,
    down_after_s: input.down_after_s ?? 2 * suspect,
    reconnect_grace_s: input.reconnect_grace_s ?? DEFAULTS.reconnect_grace_s,
    maintenance: input.maintenance ?? [],
    expected_offline: input.expected_offline ?? false,
    ephemeral: input.ephemeral ?? false,
    forget_after_s: input.forget_after_s ?? 3_600,
  };
}

export const Heartbeat = z.strictObject({
  status: z.enum(["ok", "degraded", "stopping"]).optional(),
  boot_id: z.string().min(1).max(64).optional().describe("Another one is another start"),
  interval_s: z.number().min(1).max(YEAR_S).optional().describe("For a node that nobody has configured"),
  pool: Pool.optional().describe("For a node that nobody has configured"),
  message: z.string().max(1_000).optional(),
  timestamp: Timestamp.optional().describe("When it was said; an old or repeated one changes nothing"),
});
export type Heartbeat = z.infer<typeof Heartbeat>;

export const STATUSES = ["new", "up", "suspect", "down", "stopped", "maintenance", "flapping"] as const;
export const NodeStatus = z.enum(STATUSES);
export type NodeStatus = z.infer<typeof NodeStatus>;

/** Whether there is reason to believe that it works. */
export const isActive = (status: NodeStatus): boolean =>
  status === "up" || status === "flapping" || status === "suspect";

export type Health = "ok" | "warning" | "critical";

/** What an operator sees at a glance. */
export function healthOf(status: NodeStatus, degraded: boolean): Health {
  if (status === "down") return "critical";
  return degraded || status === "suspect" || status === "flapping" ? "warning" : "ok";
}
