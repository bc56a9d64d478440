/* What the operators' routes answer. */
import * as z from "zod";
import { ledgerOf } from "./ledger/classes";

const Time = z.iso.datetime();

const ObjectName = z
  .string()
  .max(200)
  .refine((object) => ledgerOf(object) !== undefined, "must be an object of the audit, such as PriceFeed/AAPL")
  .describe("As the audit names it");

/** Which object to take back, and to when. */
export const Restore = z.strictObject({
  object: ObjectName,
  at: z.iso
    .datetime({ offset: true })
    .transform((text) => Date.parse(text))
    .optional()
    .describe("The moment to go back to, within 30 days. Without it the storage was restored by other means already"),
});

export const Restored = z.object({ object: z.string(), status: z.literal("restored") });

const Rows = z.object({
  epoch: z.string(),
  after: z.number().int().describe("Rows of the log after this one"),
  to: z.number().int().nullable().describe("Up to and with this row; null: nobody knows how many there were"),
});

export const Hole = Rows.extend({ purpose: z.string(), reason: z.string(), at: Time.describe("When it was found") });

export const Refill = z.strictObject({ object: ObjectName });

export const Refilled = z.object({
  object: z.string(),
  repeat: z.boolean().describe("There is more to do: send the same request again, after some seconds"),
  holes: z.array(
    Rows.extend({
      purpose: z.string(),
      found: z.number().int().describe("Entries that the archive had and this request put back"),
      merged_to: z.number().int().describe("Everything up to this row is put back, but for what is missing"),
      missing: z.array(Rows).describe("What is still lost of it"),
      closed: z.boolean(),
    }),
  ),
  refused: z.array(z.object({ purpose: z.string(), reason: z.string() })).describe("Holes that cannot be closed"),
});
export type Refilled = z.infer<typeof Refilled>;

export const AuditRow = z.object({
  object: z.string().describe("Class and name of the object"),
  purpose: z.string(),
  status: z.enum(["ok", "unavailable"]).describe("`unavailable`: the object did not answer and its counts are missing"),
  accepted: z.number().int(),
  rolled_up: z.number().int(),
  parked: z.number().int(),
  pending: z.number().int(),
  balance: z.number().int().describe("accepted − rolled_up − parked − pending: always 0"),
  holes: z.array(Hole),
  rolled_up_at: Time.nullable().describe(
    "When what is rolled up last grew; with something pending, how far D1 is behind",
  ),
  forgotten: z.number().int().describe("Identities forgotten because there were more than the memory holds"),
  log: z.object({ rows: z.number().int(), bytes: z.number().int() }),
});
export type AuditRow = z.infer<typeof AuditRow>;

export const AuditTotals = z.object({
  accepted: z.number().int(),
  rolled_up: z.number().int(),
  parked: z.number().int(),
  pending: z.number().int(),
  holes: z.number().int(),
  balance: z.number().int(),
});
export type AuditTotals = z.infer<typeof AuditTotals>;

export const Audit = z.object({
  as_of: Time,
  balanced: z.boolean().describe("Every balance of this page is 0 and every object answered"),
  totals: AuditTotals.describe("Of this page"),
  objects: z.array(AuditRow),
  next_cursor: z.string().nullable(),
});
export type Audit = z.infer<typeof Audit>;

export const DeadLetter = z.object({
  id: z.string(),
  object: z.string(),
  purpose: z.string(),
  reason: z.string(),
  events: z.number().int(),
  body: z.string(),
  parked_at: Time,
  applied_at: Time.nullable(),
});
export type DeadLetter = z.infer<typeof DeadLetter>;

export const DeadLetters = z.object({ dead_letters: z.array(DeadLetter), next_cursor: z.string().nullable() });
export const AppliedDeadLetter = z.object({ id: z.string(), status: z.enum(["applied", "already_applied"]) });

const Age = z.number().int().nullable();

export const Health = z.object({
  status: z.enum(["ok", "degraded"]),
  version: z.string(),
  canary: z.object({
    broadcast_at: Time.nullable().describe("The last canary that sockets could hear"),
    broadcast_age_s: Age,
    stored_at: Time.nullable().describe("The last canary that whoever polls could read"),
    stored_age_s: Age,
  }),
});
export type Health = z.infer<typeof Health>;

export const Overview = z.object({
  version: z.string(),
  as_of: Time,
  symbols: z.number().int(),
  objects: z.number().int(),
  dead_letters: z.number().int().describe("Parked and not applied again yet"),
  last_rollup_at: Time.nullable().describe("When a consumer last wrote to D1"),
});
export type Overview = z.infer<typeof Overview>;

/** A page of the audit, summed. */
export function totalsOf(rows: AuditRow[]): AuditTotals {
  const totals: AuditTotals = { accepted: 0, rolled_up: 0, parked: 0, pending: 0, holes: 0, balance: 0 };
  for (const row of rows) {
    totals.accepted += row.accepted;
    totals.rolled_up += row.rolled_up;
    totals.parked += row.parked;
    totals.pending += row.pending;
    totals.holes += row.holes.length;
    totals.balance += row.balance;
  }
  return totals;
}

export const isBalanced = (rows: AuditRow[]): boolean => rows.every((row) => row.status === "ok" && row.balance === 0);
