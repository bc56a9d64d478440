/* GET /audit: does everything add up? D1 says what is rolled up or parked, each object what it accepted and what is
 * still on its way; the difference is always nothing. */
import * as z from "zod";
import { Audit, type AuditRow, isBalanced, totalsOf } from "../../domain/audit";
import { START } from "../../domain/event";
import type { ObjectAudit } from "../../domain/ledger/append";
import { LEDGERS, ledgerOf } from "../../domain/ledger/classes";
import { openHoles } from "../../domain/ledger/holes";
import { isoOf } from "../../domain/time";
import { gapsOfObjects, type StoredGap } from "../../storage/queries/gaps";
import { listObjects, type RegisteredCursor, type RegisteredObject } from "../../storage/queries/registry";
import { callLedger } from "../ledgers";
import { pageOf } from "../page";
import { cursor, group, limit, route } from "../route";

const show = route(
  {
    method: "GET",
    path: "/",
    summary: "The audit: accepted = rolled up + parked + pending",
    detail: "A page of registered objects, each asked now. Holes are what was acknowledged and is known to be lost.",
    query: z.object({ limit: limit(100, 100), cursor }),
    answers: { 200: { description: "A page of the audit", schema: Audit } },
    errors: ["invalid_request"],
  },
  async (c, { query }) => {
    const found = await listObjects(c.env.DB, placeOf(query.cursor), query.limit + 1);
    const { page, next_cursor } = pageOf(found, query.limit, (last) => `${last.class}/${last.name}`);
    const gaps = Map.groupBy(await gapsOfObjects(c.env.DB, page.map(nameOf)), ({ object }) => object);
    const asked = page.map((object) => auditObject(c.env, object, gaps.get(nameOf(object)) ?? []));
    const rows = (await Promise.all(asked)).flat();
    return c.json({
      as_of: new Date().toISOString(),
      balanced: isBalanced(rows),
      totals: totalsOf(rows),
      objects: rows,
      next_cursor,
    } satisfies Audit);
  },
);

const nameOf = ({ class: kind, name }: RegisteredObject): string => `${kind}/${name}`;

function placeOf(text = ""): { class: string; name: string } {
  const slash = text.indexOf("/");
  return slash < 0 ? { class: text, name: "" } : { class: text.slice(0, slash), name: text.slice(slash + 1) };
}

async function auditObject(env: Env, object: RegisteredObject, gaps: StoredGap[]): Promise<AuditRow[]> {
  const name = nameOf(object);
  const ledger = ledgerOf(name);
  // A class that sends nothing on has nothing to balance.
  if (ledger === undefined || LEDGERS[ledger.class].purposes.length === 0) return [];
  const purposes: readonly string[] = LEDGERS[ledger.class].purposes;
  const cursors = purposes.map(
    (purpose): RegisteredCursor =>
      object.cursors.find((c) => c.purpose === purpose) ?? { purpose, ...START, rolled: 0, parked: 0, updated_at: 0 },
  );
  const asked = cursors.map(({ purpose, epoch, pos }) => ({ purpose, epoch, pos }));
  const answer = await callLedger(env, ledger, (stub) => stub.audit(asked));
  if (!answer.ok) return cursors.map((cursor) => rowOf(name, cursor, undefined, []));
  // Not every object of a class sends on everything: the canary is not archived.
  const audit = answer.value;
  const sent = cursors.filter(({ purpose }) => audit.outputs.some((output) => output.purpose === purpose));
  return sent.map((cursor) => rowOf(name, cursor, audit, gaps));
}

function rowOf(
  object: string,
  cursor: RegisteredCursor,
  audit: ObjectAudit | undefined,
  gaps: readonly StoredGap[],
): AuditRow {
  const { purpose, rolled: rolled_up, parked } = cursor;
  const rolled_up_at = cursor.updated_at === 0 ? null : isoOf(cursor.updated_at);
  const sums = { object, purpose, rolled_up, parked, rolled_up_at };
  if (audit === undefined) {
    const unknown = { accepted: 0, pending: 0, balance: 0, holes: [], forgotten: 0, log: { rows: 0, bytes: 0 } };
    return { ...sums, status: "unavailable", ...unknown };
  }
  const { forgotten, log } = audit;
  const output = audit.outputs.find((one) => one.purpose === purpose);
  const own = gaps.filter((gap) => gap.purpose === purpose);
  const { pending, ...counted } = output ?? { accepted: audit.accepted, pending: 0 };
  // What was put back was accepted all the same, and is no more in any log.
  const accepted = counted.accepted + own.reduce((sum, { events }) => sum + events, 0);
  const holes = openHoles(purpose, audit.holes, own, cursor).map((hole) => ({ ...hole, at: isoOf(hole.at) }));
  const settled = audit.settled ?? { rolled_up, parked };
  const balance = accepted - settled.rolled_up - settled.parked - pending;
  return { ...sums, ...settled, status: "ok", accepted, pending, balance, holes, forgotten, log };
}

export const audit = [group("Operations", "/api/v1/audit", "audit:read", [show])];
