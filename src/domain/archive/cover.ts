/* Which rows of an epoch a part of the archive has, by what the manifest says of it. Pure. */
import type { Gap } from "../event";
import type { ManifestRow } from "./manifest";

/** Rows (after, to] of an epoch; `to` is null where only the entries tell how far the part goes in it, or whether it has
 * anything of it. */
export type Cover = Pick<Gap, "after" | "to">;

/** Where a part has rows of this epoch, it begins where its cursor says: one of a later epoch counts the same rows, one of an
 * earlier epoch lies before all of them.
 * @param holes of this epoch, that the archive has itself, whatever its parts span */
export function coversOf(
  row: Pick<ManifestRow, "from_epoch" | "from_pos" | "to_epoch" | "to_pos">,
  epoch: string,
  holes: readonly Gap[],
): Cover[] {
  const after = row.from_epoch >= epoch ? row.from_pos : 0;
  // What the archive had of the epoch when it left it is all that it has.
  const end = holes.find(({ to }) => to === null)?.after ?? Number.POSITIVE_INFINITY;
  if (after >= end) return [];
  const whole: Cover = { after, to: row.to_epoch === epoch ? row.to_pos : null };
  return holes.reduce((covers, hole) => covers.flatMap((cover) => without(cover, hole)), [whole]);
}

function without(cover: Cover, { after, to }: Cover): Cover[] {
  // How far a part goes that left the epoch, its entries say.
  if (to === null) return [cover];
  const end = cover.to ?? Number.POSITIVE_INFINITY;
  const before = { after: cover.after, to: Math.min(end, after) };
  const behind = { after: Math.max(cover.after, to), to: cover.to };
  return [before, behind].filter((rest) => rest.to === null || rest.after < rest.to);
}
