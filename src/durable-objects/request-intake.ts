/* RequestIntake: one object per source of request logs, or per partition of its requests; named `<source>/<partition>`;
 * woken by requests, by questions and by one alarm (ends of minutes, the outbox). What requests add up to is
 * domain/requests; minutes that are over are in its own SQLite (request-intake/closed-buckets.ts). */
import { entryOf } from "../domain/archive/line";
import { bucketStart, RESOLUTIONS, type Resolution } from "../domain/bucket";
import type { Cursor } from "../domain/event";
import type { Entry } from "../domain/ledger/reducer";
import { coverOf } from "../domain/requests/cover";
import { type DayPart, REQUESTS_PURPOSE } from "../domain/requests/day";
import { type IntakeFact, type IntakeState, intakeOf, type OpenMinute } from "../domain/requests/intake";
import {
  type Found,
  foundIn,
  type LogLook,
  needleOf,
  type Place,
  placeBefore,
  type Search,
} from "../domain/requests/kept";
import { type RequestPart, requestParts } from "../domain/requests/part";
import { type Ranking, rank } from "../domain/requests/rank";
import type { RequestCommand } from "../domain/requests/request";
import { copySummary, emptySummary, mergeSummary, type Summary } from "../domain/requests/summary";
import type { Table } from "../domain/requests/table";
import { addTableTo, type Bucket, emptyBucket, facetOf, type TimelineQuestion } from "../domain/requests/timeline";
import { addBucket, FACET_OF, type WindowQuestion } from "../domain/requests/window";
import { registerObject } from "../storage/queries/registry";
import { Ledger } from "./ledger/ledger";
import { LedgerObject } from "./ledger-object";
import { ClosedBuckets } from "./request-intake/closed-buckets";
import { archived, surroundings } from "./surroundings";
import { Tiers } from "./tiers";

const CLASS = "RequestIntake";
/** Windows that were asked for lately, as far as they are closed: a page asks the same again and again. */
const KEPT_SUMMARIES = 16;
/** ... but not those of many keys: each would be some megabytes. */
const KEPT_ROWS = 5_000;
/** Hours and days are brought up to date with a commit now and then, never with the one that closes a minute. */
const FOLD_EVERY_MS = 1_000;
const NOTHING: readonly OpenMinute[] = [];

export class RequestIntake extends LedgerObject<IntakeState, RequestCommand, IntakeFact> {
  readonly #name = this.ctx.id.name ?? "";
  readonly #closed = new ClosedBuckets(new Tiers(this.ctx.storage.sql));
  readonly #summaries = new Map<string, { version: number; summary: Summary }>();
  /** What the entry that is being written closes. */
  #closing: readonly OpenMinute[] = [];
  /** When hours and days are looked after next, epoch ms. */
  #foldAt = 0;
  protected readonly ledger = new Ledger<IntakeState, RequestCommand, IntakeFact>(this.ctx, {
    ...surroundings(this.ctx, this.env, CLASS),
    reducer: intakeOf(),
    outputs: [requestParts(`${CLASS}/${this.#name}`, () => this.#closing), archived(this.env)],
    project: (entry, state) => this.#project(entry, state),
    introduce: (births) => registerObject(this.env.DB, CLASS, this.#name, births[0]?.epoch ?? "", Date.now()),
  });

  // --- RPC -------------------------------------------------------------------

  /** The figures of a window: what is closed, and what is open. */
  async summary(question: WindowQuestion): Promise<Summary> {
    const open = [...(await this.#state()).minutes.values()].filter(
      ({ start }) => start >= question.from && start < question.to,
    );
    const closed = this.#closedSummary(question);
    if (open.length === 0) return closed;
    const recent = emptySummary();
    for (const { facets } of open) addBucket(recent, question, facets[FACET_OF[question.dimension]]);
    const whole = copySummary(closed);
    mergeSummary(whole, recent);
    return whole;
  }

  /** The first `k` of a window as `summary` has it, for whoever asks this object alone. */
  async ranking(question: WindowQuestion, k: number): Promise<Ranking> {
    return rank(await this.summary(question), question.metric, k);
  }

  /** The figures of each bucket of a window; those without requests are left out. */
  async timeline(question: TimelineQuestion): Promise<Bucket[]> {
    const { from, to, resolution } = question;
    const facet = facetOf(question);
    const buckets = new Map<number, Bucket>();
    const add = (start: number, table: Table) => {
      const bucket = buckets.get(start) ?? emptyBucket(start);
      buckets.set(start, bucket);
      addTableTo(bucket, table, question);
    };
    for (const { start, facets } of (await this.#state()).minutes.values()) {
      if (start >= from && start < to) add(bucketStart(start, resolution), facets[facet]);
    }
    for (let start = from; start < to; start += RESOLUTIONS[resolution]) {
      const one = { resolution, from: start, to: start + RESOLUTIONS[resolution] };
      for (const table of this.#closed.in(facet, one)) add(start, table as Table);
    }
    return [...buckets.values()];
  }

  /** What D1 at cursor `from` does not have yet of these days. Null when D1 is further by now: read it again. */
  async days(from: Cursor, first: number, last: number): Promise<DayPart[] | null> {
    const parts = (await this.ledger.partsAfter(REQUESTS_PURPOSE, from)) as RequestPart[] | undefined;
    const days = parts?.filter((part): part is DayPart => part.kind === "day");
    return days?.filter(({ day }) => day >= first && day <= last) ?? null;
  }

  /** Requests in the log, and how far it was looked through. */
  async search(search: Search): Promise<LogLook> {
    const found: Found[] = [];
    const needle = needleOf(search);
    let last: string | undefined;
    const { since, oldest, head } = await this.ledger.lookBack((frames) => {
      last = frames[0] ?? last;
      for (const text of frames) {
        if (needle !== undefined && !text.includes(needle)) continue;
        const one = foundIn(search, this.#name, entryOf<IntakeFact>(JSON.parse(text)));
        if (one !== undefined) found.push(one);
      }
      return found.length < search.limit;
    }, search.after?.at);
    const to = since === 0 ? undefined : last === undefined ? placeBefore(since) : this.#placeOf(last);
    const has = oldest?.epoch === head.epoch ? { epoch: head.epoch, from: oldest.pos, to: head.pos } : undefined;
    return { found, to, has };
  }

  /** Deletes what is older than it may be, at most `limit` rows of each tier; how many went, or would go. */
  async retain(
    before: Record<Resolution, number>,
    limit: number,
    dryRun: boolean,
  ): Promise<Record<Resolution, number>> {
    try {
      return this.ctx.storage.transactionSync(() => this.#closed.retain(before, limit, dryRun, Date.now()));
    } catch (error) {
      this.#closed.clear();
      throw error;
    }
  }

  // --- Private ---------------------------------------------------------------

  #placeOf(frame: string): Place {
    const { at, epoch, seq } = entryOf(JSON.parse(frame));
    return { at, object: this.#name, epoch, seq };
  }

  async #state(): Promise<IntakeState> {
    return (await this.ledger.stream(this.#name))?.state ?? intakeOf().empty(this.#name);
  }

  /** Read only: it may be answered again. */
  #closedSummary(question: WindowQuestion): Summary {
    const key = JSON.stringify(question);
    const known = this.#summaries.get(key);
    if (known?.version === this.#closed.version) return known.summary;
    const summary = emptySummary();
    const facet = FACET_OF[question.dimension];
    for (const stretch of coverOf(question.from, question.to)) {
      summary.truncated ||= this.#closed.isPruned(stretch);
      for (const bucket of this.#closed.in(facet, stretch)) addBucket(summary, question, bucket);
    }
    this.#summaries.delete(key);
    if (summary.rows.size <= KEPT_ROWS) this.#summaries.set(key, { version: this.#closed.version, summary });
    for (const oldest of this.#summaries.keys()) {
      if (this.#summaries.size <= KEPT_SUMMARIES) break;
      this.#summaries.delete(oldest);
    }
    return summary;
  }

  /** Minutes that left memory are written down in the same commit. */
  #project({ type, at }: Entry<IntakeFact>, state: IntakeState): void {
    if (type !== "closed") {
      this.#closing = NOTHING;
      if (at < this.#foldAt) return;
      this.#foldAt = at + FOLD_EVERY_MS;
      this.#closed.fold(at);
      return;
    }
    this.#foldAt = at + FOLD_EVERY_MS;
    this.#closed.add(state.leaving, at);
    this.#closed.relieve(this.ctx.storage.sql.databaseSize, at);
    this.#closing = state.leaving;
    state.leaving = [];
  }
}
