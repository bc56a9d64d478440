/* Parts of the archive that the manifest does not name any more: D1 went back to an earlier moment, and the bucket did not.
 * What is in an object of the bucket is written beside it as well, so it is found without being read. */
import type { ArchiveDomain } from "../domain/archive/domains";
import { hourPrefix, type ManifestRow } from "../domain/archive/manifest";
import type { Gap } from "../domain/event";
import { HOUR_MS } from "../domain/units";
import { unnamedPlaces } from "../storage/queries/archive";

/** Older ones are swept (worker/orphans.ts). */
const HOURS = 25;
/** Lists under way at once: the platform opens six connections. */
const TOGETHER = 6;
/** The platform takes 8,192 bytes. */
const LABEL_BYTES = 8_000;

const COLUMNS = [
  ...(["object", "from_epoch", "from_pos", "to_epoch", "to_pos"] as const),
  ...(["first_at", "last_at", "min_time", "max_time", "entries", "offset", "bytes"] as const),
] satisfies (keyof ManifestRow)[];

type Labelled = Pick<ManifestRow, (typeof COLUMNS)[number]>;

/** A part that the manifest does not name, and what its message said that is not in its range, or left by it. */
export interface Orphan {
  row: ManifestRow;
  gaps: Gap[];
}

/** What to write beside an object of the bucket; nothing where it would be too much. Plain ASCII, as headers are. */
export function labelOf(parts: readonly { row: Labelled; gaps: readonly Gap[] }[]): Record<string, string> {
  const text = JSON.stringify(parts.map(({ row, gaps }) => [...COLUMNS.map((name) => row[name]), gaps]));
  const ledgers = text.replace(/[^ -~]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return ledgers.length > LABEL_BYTES ? {} : { ledgers };
}

function labelled({ key, customMetadata }: R2Object, kept_from: number, domain: ArchiveDomain): Orphan[] {
  const parts = JSON.parse(customMetadata?.ledgers ?? "[]") as unknown[][];
  return parts.map((values) => {
    const named = Object.fromEntries(COLUMNS.map((name, i) => [name, values[i]])) as unknown as Labelled;
    return { row: { ...named, domain, kept_from, key }, gaps: values.at(-1) as Gap[] };
  });
}

/** Parts with entries of an object that the manifest does not name. */
export async function orphanedParts(env: Env, domain: ArchiveDomain, object: string, now: number): Promise<Orphan[]> {
  const found: Orphan[] = [];
  for (let hour = 0; hour <= HOURS; hour += TOGETHER) {
    const prefixes = Array.from({ length: TOGETHER }, (_, i) => hourPrefix(domain, now - (hour + i) * HOUR_MS));
    for (const orphans of await Promise.all(prefixes.map((prefix) => orphanedUnder(env, domain, prefix)))) {
      found.push(...orphans.filter(({ row }) => row.object === object));
    }
  }
  return found;
}

async function orphanedUnder(env: Env, domain: ArchiveDomain, prefix: string): Promise<Orphan[]> {
  const found: Orphan[] = [];
  let after = "";
  for (;;) {
    const options: R2ListOptions = {
      prefix,
      include: ["customMetadata"],
      ...(after === "" ? {} : { startAfter: after }),
    };
    const { objects, truncated } = await env.ARCHIVE.list(options);
    const named = new Map(objects.map((one) => [one.key, one]));
    for (const place of await unnamedPlaces(env.DB, [...named.keys()])) {
      found.push(...labelled(named.get(place.key) as R2Object, place.kept_from, domain));
    }
    after = objects.at(-1)?.key ?? "";
    if (!truncated || after === "") return found;
  }
}
