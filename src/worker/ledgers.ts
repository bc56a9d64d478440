/* The door that every object with a ledger has: the audit, the watchdog and the restore reach all classes by it. */
import { LEDGERS, type LedgerName } from "../domain/ledger/classes";
import type { Result } from "../domain/result";
import type { LedgerObject } from "../durable-objects/ledger-object";
import { callObject, type Unreachable } from "./call-object";

export type LedgerDoor = Pick<
  LedgerObject<unknown, unknown, never>,
  "audit" | "wake" | "restoreAt" | "end" | "restored"
>;

/** A fresh stub each time: one that threw is broken. */
export const ledgerStub = (env: Env, { class: kind, name }: LedgerName): LedgerDoor =>
  env[LEDGERS[kind].binding].getByName(name) as unknown as LedgerDoor;

export function callLedger<T>(
  env: Env,
  ledger: LedgerName,
  call: (stub: LedgerDoor) => Promise<T>,
): Promise<Result<T, Unreachable>> {
  return callObject(() => ledgerStub(env, ledger), call);
}
