/* What is still lost of what an object acknowledged: the object knows what may be, D1 knows what it passed by and what was
 * put back. Pure. */
import { type Cursor, compareCursors, type Gap } from "../event";

/** A range that is lost for a purpose, or may be. */
export interface Hole extends Gap {
  purpose: string;
  reason: string;
  /** When it was found, epoch ms. */
  at: number;
}

/** What D1 passed by, as far as it was not put back. */
export interface PassedBy extends Gap {
  updated_at: number;
}

const RESTORED = "restored";
const RECYCLED = "log_recycled";

/** Rows are gone that D1 has not passed by yet: until it has, a late message may still bring them. */
export const isAhead = ({ reason, epoch, to }: Hole, cursor: Cursor): boolean =>
  reason === RECYCLED && compareCursors(cursor, { epoch, pos: to ?? 0 }) < 0;

/** Holes of one purpose. Where D1 has passed by, its word counts: it is written with the cursor, and goes back with it.
 * @param holes as the object has noted them
 * @param gaps as D1 has them
 * @param cursor where D1 stands */
export function openHoles(purpose: string, holes: readonly Hole[], gaps: readonly PassedBy[], cursor: Cursor): Hole[] {
  const noted = holes.filter((hole) => hole.purpose === purpose);
  const passed = gaps.map(({ epoch, after, to, updated_at }): Hole => {
    const known = noted.find((hole) => hole.reason === RESTORED && hole.epoch === epoch && hole.after <= after);
    const reason = to === null || known !== undefined ? RESTORED : RECYCLED;
    return { purpose, epoch, after, to: to ?? known?.to ?? null, reason, at: known?.at ?? updated_at };
  });
  const ahead = noted.filter((hole) =>
    hole.reason === RECYCLED ? isAhead(hole, cursor) : !gaps.some((gap) => gap.to === null && gap.epoch === hole.epoch),
  );
  const begins = (hole: Hole) => (hole.epoch === cursor.epoch ? Math.max(hole.after, cursor.pos) : hole.after);
  const noticed = ahead.map((hole) => (hole.reason === RESTORED ? { ...hole, after: begins(hole) } : hole));
  return [...passed, ...noticed].filter(({ after, to }) => to === null || after < to);
}
