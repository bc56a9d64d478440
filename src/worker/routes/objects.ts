/* POST /objects/restore: takes one object back to an earlier moment. What D1 has confirmed stays; what was acknowledged
 * later and never confirmed is reported as a hole in the audit. POST /objects/refill closes holes from the archive. */
import { Refill, Refilled, Restore, Restored } from "../../domain/audit";
import { AppError } from "../../domain/error";
import { type Cursor, START } from "../../domain/event";
import { LEDGERS, type LedgerName, ledgerOf } from "../../domain/ledger/classes";
import { refill } from "../../queues/refill";
import { readCursor } from "../../storage/queries/cursors";
import { readFact, writeFact } from "../../storage/queries/facts";
import { isRegistered } from "../../storage/queries/registry";
import { callObject } from "../call-object";
import type { AppContext } from "../context";
import { callLedger, ledgerStub } from "../ledgers";
import { readInput } from "../read-body";
import { idempotencyKey } from "../request-key";
import { group, route } from "../route";

const restore = route(
  {
    method: "POST",
    path: "/restore",
    summary: "Restore an object to an earlier moment, or mark one that was",
    detail:
      "With `at`, the platform's point-in-time recovery takes the object's storage back. In both cases a new epoch begins " +
      "before anything else is appended, and readers get a snapshot. The local runtime keeps no earlier states.",
    headers: { "Idempotency-Key": "A repeat begins no second epoch" },
    body: Restore,
    answers: { 200: { description: "A new epoch has begun", schema: Restored } },
    errors: ["invalid_request", "not_found", "conflict", "unavailable"],
  },
  async (c) => {
    const { object, at } = await readInput(c, Restore);
    const ledger = await registered(c, object);
    const done = await restoredBefore(c, object, at);
    if (done) return c.json({ object, status: "restored" } as const);
    const open = () => ledgerStub(c.env, ledger);
    let head: Cursor | undefined;
    if (at !== undefined) {
      const prepared = await open().restoreAt(at);
      if (!prepared.ok) throw new AppError("unavailable", `The platform cannot restore ${object}: ${prepared.error}`);
      head = prepared.value;
      // The object ends itself to wake from the earlier state; the call that ends it never answers.
      await open()
        .end()
        .catch(() => undefined);
    }
    const marked = await callObject(open, (stub) => stub.restored(head));
    if (!marked.ok)
      throw new AppError("unavailable", `${object} is restored but not marked: repeat this without \`at\`.`);
    await noteRestored(c, object, at);
    return c.json({ object, status: "restored" } as const);
  },
);

const refillHoles = route(
  {
    method: "POST",
    path: "/refill",
    summary: "Put back from the archive what is reported as a hole",
    detail:
      "Each entry has its effect once, however often and by how many this is asked. A large hole takes several requests: " +
      "repeat while the answer says so. What the archive does not have stays a hole.",
    body: Refill,
    answers: { 200: { description: "How far it got", schema: Refilled } },
    errors: ["invalid_request", "not_found", "unavailable"],
  },
  async (c) => {
    const { object } = await readInput(c, Refill);
    const ledger = await registered(c, object);
    const { purposes } = LEDGERS[ledger.class];
    const read = async (purpose: string) => ({ purpose, ...((await readCursor(c.env.DB, object, purpose)) ?? START) });
    const cursors = await Promise.all(purposes.map(read));
    const asked = await callLedger(c.env, ledger, (stub) => stub.audit(cursors));
    if (!asked.ok) throw new AppError(asked.error.code, asked.error.detail);
    const answer = await refill(c.env, asked.value);
    // What D1 has not passed by yet, the object sends when it is woken.
    if (answer.repeat) await callLedger(c.env, ledger, (stub) => stub.wake());
    return c.json(answer satisfies Refilled);
  },
);

async function registered(c: AppContext, object: string): Promise<LedgerName> {
  const ledger = ledgerOf(object);
  if (ledger !== undefined && (await isRegistered(c.env.DB, ledger.class, ledger.name))) return ledger;
  throw new AppError("not_found", `There is no ${object}.`);
}

const factOf = (c: AppContext, key: string): string => `restored.${c.get("principal").id}/${key}`;
const textOf = (object: string, at: number | undefined): string => JSON.stringify([object, at ?? null]);

/** Whether this very request was carried out before. One that failed on the way was not. */
async function restoredBefore(c: AppContext, object: string, at: number | undefined): Promise<boolean> {
  const key = idempotencyKey(c);
  const noted = key === undefined ? undefined : await readFact(c.env.DB, factOf(c, key));
  if (noted === undefined || noted === textOf(object, at)) return noted !== undefined;
  throw new AppError("conflict", "This Idempotency-Key was used for another restore.");
}

async function noteRestored(c: AppContext, object: string, at: number | undefined): Promise<void> {
  const key = idempotencyKey(c);
  if (key !== undefined) await writeFact(c.env.DB, factOf(c, key), textOf(object, at));
}

export const objects = [group("Operations", "/api/v1/objects", "objects:restore", [restore, refillHoles])];
