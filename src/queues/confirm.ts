/* Telling an object where D1 stands. Losing it costs nothing but time: the object asks D1 itself. */
import { withDeadline } from "../domain/deadline";
import type { Cursor } from "../domain/event";
import { LEDGERS, ledgerOf } from "../domain/ledger/classes";

const ANSWER_MS = 5_000;

export interface Confirmation {
  object: string;
  purpose: string;
  cursor: Cursor;
  /** A message was dropped because what comes before it is missing: send from the cursor again. */
  resend: boolean;
}

export async function confirm(env: Env, { object, purpose, cursor, resend }: Confirmation): Promise<void> {
  const ledger = ledgerOf(object);
  if (ledger === undefined) return;
  try {
    const stub = env[LEDGERS[ledger.class].binding].getByName(ledger.name);
    await withDeadline(stub.confirm(purpose, cursor, resend), ANSWER_MS);
  } catch (error) {
    console.error("a confirmation did not arrive", object, error);
  }
}
