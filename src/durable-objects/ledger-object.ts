/* What every object with a ledger answers: its listeners, the queue's consumer, the audit, the watchdog, the restore. */
import { DurableObject } from "cloudflare:workers";
import type { Cursor } from "../domain/event";
import type { LeaseAnswer } from "../domain/frame";
import type { AppendRequest, ObjectAudit, RangeAnswer } from "../domain/ledger/append";
import type { Position } from "../domain/ledger/position";
import type { Fact } from "../domain/ledger/reducer";
import { ok, type Result } from "../domain/result";
import type { Ledger } from "./ledger/ledger";
import { restoreStorage } from "./restore";

export abstract class LedgerObject<S, I, F extends Fact> extends DurableObject<Env> {
  /** A property is not answered over RPC; methods are. */
  protected abstract readonly ledger: Ledger<S, I, F>;

  /** `ledger.append` for many events, both ways as JSON: to copy a hundred small objects costs the runtime more than to put
   * them into its log. */
  async appendJson(request: string): Promise<string> {
    return JSON.stringify(await this.ledger.append(JSON.parse(request) as AppendRequest<I>));
  }

  lease(child: string, topic: string, have: Position | null): Promise<LeaseAnswer> {
    return this.ledger.lease(child, topic, have);
  }

  /** Frames of a topic after a position, for a hub that catches one socket up. */
  read(topic: string, after: Position | null, limit: number): Promise<RangeAnswer> {
    return this.ledger.range(topic.slice(topic.indexOf("/") + 1), after, limit);
  }

  confirm(purpose: string, cursor: Cursor, resend: boolean): Promise<void> {
    return this.ledger.confirm(purpose, cursor, resend);
  }

  audit(cursors: { purpose: string; epoch: string; pos: number }[]): Promise<ObjectAudit> {
    return this.ledger.audit(cursors);
  }

  /** Makes the next session of this object begin with its storage as it was at `at` (epoch ms), and ends this one with the
   * next thing it would write. Answers where its log ends: what follows the restored state up to there is lost from it. */
  async restoreAt(at: number): Promise<Result<Cursor | undefined, string>> {
    const prepared = await restoreStorage(this.ctx.storage, at);
    return prepared.ok ? ok(await this.ledger.close()) : prepared;
  }

  /** Ends this session. */
  async end(): Promise<void> {
    this.ctx.abort("restored");
  }

  /** The storage of this object was restored to an earlier moment: begin a new epoch.
   * @param head where the log ended before; without it nobody knows */
  restored(head?: Cursor): Promise<void> {
    return this.ledger.restored(head);
  }

  /** The watchdog's nudge: does what an alarm that never rang would have done. */
  wake(): Promise<void> {
    return this.ledger.wake();
  }

  override alarm(): Promise<void> {
    return this.ledger.runDueDuties();
  }
}
