/* Putting back from the archive what D1 lost: every gap that D1 has noted of an object, one after the other.
 *
 * What D1 lacks is D1's own word: it notes what its cursor passes by in the batch that moves it, so no message, lost,
 * repeated or late, ever brings a row that is put back here. It only begins once D1 stands in the epoch of the object's
 * present log, behind its last fork: until then rows of earlier epochs may still be on their way. */
import { ARCHIVE_PURPOSE } from "../domain/archive/batch";
import { type ArchiveDomain, archivedOf } from "../domain/archive/domains";
import { type Followed, followedOf } from "../domain/archive/follow";
import type { Refilled } from "../domain/audit";
import { type Gap, START } from "../domain/event";
import type { ObjectAudit } from "../domain/ledger/append";
import { type Hole, isAhead, openHoles } from "../domain/ledger/holes";
import type { Fork } from "../domain/ledger/outbox";
import { readCursor } from "../storage/queries/cursors";
import { type Beyond, beyond, gapsOfObjects, noteGaps, type StoredGap } from "../storage/queries/gaps";
import { type Orphan, orphanedParts } from "./orphaned";
import { type Budget, GapRefill } from "./refill-gap";

/** What one request takes, about. */
const BUDGET = { parts: 300, chars: 48_000_000, ms: 8_000 };

const REASONS = {
  archive: "this is the archive itself",
  nothing: "nothing can be made of archived entries for it",
} as const;

/** @param audit what the object says of itself, just now */
export async function refill(
  env: Env,
  audit: Pick<ObjectAudit, "object" | "epoch" | "forks" | "holes">,
  limits: typeof BUDGET = BUDGET,
): Promise<Refilled> {
  const { object } = audit;
  const followed = followedOf(object);
  const domain = archivedOf(object)?.domain;
  const others = new Set(audit.holes.map(({ purpose }) => purpose).filter((purpose) => purpose !== followed?.purpose));
  const refused = [...others].map((purpose) => ({
    purpose,
    reason: purpose === ARCHIVE_PURPOSE ? REASONS.archive : REASONS.nothing,
  }));
  if (followed === undefined || domain === undefined) return { object, repeat: false, holes: [], refused };
  const { parts, chars, ms } = limits;
  const work = new Refill(env, audit, followed, domain, { parts, chars, until: Date.now() + ms });
  return { object, ...(await work.run()), refused };
}

class Refill {
  readonly #env: Env;
  readonly #forks: readonly Fork[];
  readonly #holes: readonly Hole[];
  readonly #followed: Followed;
  readonly #domain: ArchiveDomain;
  readonly #budget: Budget;
  readonly #cursor: Beyond;

  constructor(
    env: Env,
    { object, epoch, forks, holes }: Pick<ObjectAudit, "object" | "epoch" | "forks" | "holes">,
    followed: Followed,
    domain: ArchiveDomain,
    budget: Budget,
  ) {
    this.#env = env;
    this.#forks = forks;
    this.#holes = holes.filter(({ purpose }) => purpose === followed.purpose);
    this.#followed = followed;
    this.#domain = domain;
    this.#budget = budget;
    this.#cursor = { object, purpose: followed.purpose, at: { epoch, pos: forks.at(-1)?.after.pos ?? 0 } };
  }

  async run(): Promise<Pick<Refilled, "repeat" | "holes">> {
    const { DB } = this.#env;
    const { object, purpose, at } = this.#cursor;
    const [cursor, archived] = await Promise.all(
      [purpose, ARCHIVE_PURPOSE].map(async (one) => (await readCursor(DB, object, one)) ?? START),
    );
    const { epoch, pos } = cursor ?? START;
    const isBeyond = epoch === at.epoch && pos >= at.pos;
    const isAllArchived = archived?.epoch === at.epoch && archived.pos >= at.pos;
    let repeat = this.#holes.length > 0 && !(isBeyond && isAllArchived);
    const worked: Worked[] = [];
    if (isBeyond) repeat = !(await this.#work(worked)) || repeat;
    const gaps = ofPurpose(await this.#gaps(), purpose);
    repeat ||= this.#holes.some((hole) => isAhead(hole, { epoch, pos }));
    return { repeat, holes: this.#told(worked, openHoles(purpose, this.#holes, gaps, { epoch, pos })) };
  }

  /** First what the manifest names, then what it named before D1 went back. True when there is no more. */
  async #work(worked: Worked[]): Promise<boolean> {
    const left = ofPurpose(await this.#gaps(), ARCHIVE_PURPOSE);
    await this.#noteUnvisited(left.filter(({ to }) => to === null).map(({ epoch }) => epoch));
    if (!(await this.#workWith(worked, undefined))) return false;
    if (this.#holes.length === 0 && this.#open(await this.#gaps()).length === 0) return true;
    const orphans = await orphanedParts(this.#env, this.#domain, this.#cursor.object, Date.now());
    if (orphans.length === 0) return true;
    await this.#noteUnvisited(orphans.flatMap(({ row, gaps }) => [row.to_epoch, ...gaps.map(({ epoch }) => epoch)]));
    return this.#workWith(worked, orphans);
  }

  async #workWith(worked: Worked[], orphans: readonly Orphan[] | undefined): Promise<boolean> {
    let isDone = true;
    const all = await this.#gaps();
    for (const gap of this.#open(all)) {
      const work = new GapRefill({
        ...this.#workOn(gap, all),
        ...(orphans === undefined ? {} : { orphans }),
      });
      isDone = (await work.run()) && isDone;
      note(worked, { gap, found: work.found, mergedTo: work.mergedTo });
    }
    return isDone;
  }

  /** As D1 has them now. */
  #gaps(): Promise<StoredGap[]> {
    return gapsOfObjects(this.#env.DB, [this.#cursor.object]);
  }

  /** Those of an earlier epoch, and those between rows. */
  #open(all: readonly StoredGap[]): StoredGap[] {
    const { purpose, at } = this.#cursor;
    return ofPurpose(all, purpose).filter(({ epoch, after, to }) => (to === null ? epoch < at.epoch : after < to));
  }

  #workOn(gap: StoredGap, all: readonly StoredGap[]) {
    const { epoch, to } = gap;
    return {
      ...{ env: this.#env, domain: this.#domain, cursor: this.#cursor, followed: this.#followed, budget: this.#budget },
      gap,
      end: to ?? this.#holes.find((hole) => hole.epoch === epoch && hole.reason === "restored")?.to ?? undefined,
      before: to === null ? this.#forks.find((fork) => fork.epoch > epoch)?.epoch : undefined,
      lacks: ofPurpose(all, ARCHIVE_PURPOSE),
    };
  }

  /** Epochs that were lost before D1 had anything of them: it has noted nothing.
   * @param archived epochs that are over, of which the archive may have something */
  async #noteUnvisited(archived: readonly string[]): Promise<void> {
    const { object, purpose, at } = this.#cursor;
    const { DB } = this.#env;
    const noted = ofPurpose(await this.#gaps(), purpose).filter(({ to }) => to === null);
    const isNew = (epoch: string) => epoch < at.epoch && !noted.some((gap) => gap.epoch === epoch);
    const gaps = [...new Set(archived)].filter(isNew).map((epoch) => {
      const after = this.#holes.find((hole) => hole.epoch === epoch)?.after ?? 0;
      return { epoch, after, to: null };
    });
    if (gaps.length === 0) return;
    await DB.batch(noteGaps(DB, object, purpose, gaps, beyond(this.#cursor), Date.now()));
  }

  /** What was worked on, and what is open beside it. */
  #told(worked: readonly Worked[], open: readonly Hole[]): Refilled["holes"] {
    const { purpose } = this.#cursor;
    const told = worked.map(({ gap, found, mergedTo }) => {
      const missing = open.filter((hole) => isWithin(hole, gap)).map(rowsOf);
      return { purpose, ...rowsOf(gap), found, merged_to: mergedTo, missing, closed: missing.length === 0 };
    });
    const others = open.filter((hole) => !worked.some(({ gap }) => isWithin(hole, gap)));
    return [
      ...told.filter(({ found, closed }) => found > 0 || !closed),
      ...others.map((hole) => ({
        ...{ purpose, ...rowsOf(hole), found: 0, merged_to: hole.after },
        ...{ missing: [rowsOf(hole)], closed: false },
      })),
    ];
  }
}

const ofPurpose = (gaps: readonly StoredGap[], purpose: string): StoredGap[] =>
  gaps.filter((gap) => gap.purpose === purpose);

interface Worked {
  gap: Gap;
  found: number;
  mergedTo: number;
}

/** What was not found at first may be found among the orphans. */
function note(worked: Worked[], more: Worked): void {
  const before = worked.find(({ gap }) => isWithin(more.gap, gap));
  if (before === undefined) worked.push(more);
  else Object.assign(before, { found: before.found + more.found, mergedTo: Math.max(before.mergedTo, more.mergedTo) });
}

const rowsOf = ({ epoch, after, to }: Gap): Gap => ({ epoch, after, to });

const isWithin = (hole: Gap, { epoch, after, to }: Gap): boolean =>
  hole.epoch === epoch && hole.after >= after && (to === null || (hole.to !== null && hole.to <= to));
