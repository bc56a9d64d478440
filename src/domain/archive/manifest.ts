/* The manifest: which entries are in which object of the bucket. What it does not name does not exist. */
import * as z from "zod";
import { Cursor } from "../event";
import { isoOf } from "../time";
import type { Span } from "./batch";
import { type ArchiveDomain, DOMAINS } from "./domains";

/** A range of one ledger's log in an object of the bucket: a part of it that is compressed by itself. */
export interface ManifestRow extends Span {
  domain: ArchiveDomain;
  /** The later of what it is about and when it came, of everything under its key: its age counts from here. Epoch ms. */
  kept_from: number;
  key: string;
  object: string;
  from_epoch: string;
  from_pos: number;
  to_epoch: string;
  to_pos: number;
  /** Where the part begins, and how long it is, in bytes. */
  offset: number;
  bytes: number;
}

export const RAW_PREFIX = "raw/";
export const SPILL_PREFIX = "spill/";

const KEY = /^raw\/([a-z]+)\/\d{4}\/\d\d\/\d\d\/\d\d\/(\d{1,15})-[0-9a-f-]{36}\.ndjson\.gz$/;

/** The folder of an hour's writes: `raw/prices/2026/11/21/16/`. */
export function hourPrefix(domain: ArchiveDomain, at: number): string {
  const [day = "", time = ""] = new Date(at).toISOString().split("T");
  return `${RAW_PREFIX}${domain}/${day.replaceAll("-", "/")}/${time.slice(0, 2)}/`;
}

/** By when it is written, so that keys are in order of time; with where its rows are in the manifest.
 * @param id a UUID */
export const archiveKey = (domain: ArchiveDomain, now: number, keptFrom: number, id: string): string =>
  `${hourPrefix(domain, now)}${keptFrom}-${id}.ndjson.gz`;

/** Undefined for a key that is none of ours. */
export function placeOfKey(key: string): Pick<ManifestRow, "domain" | "kept_from"> | undefined {
  const [, domain, keptFrom] = KEY.exec(key) ?? [];
  const known = DOMAINS.find((name) => name === domain);
  return known === undefined ? undefined : { domain: known, kept_from: Number(keptFrom) };
}

const Time = z.iso.datetime();

export const ArchivePart = z.object({
  key: z.string().describe("Of the object in the bucket; GET /archive/{key} has it"),
  domain: z.enum(DOMAINS),
  object: z.string().describe("Whose log it is a range of"),
  from: Cursor.describe("After this row"),
  to: Cursor.describe("Up to and with this row"),
  first_at: Time.describe("When the first entry came"),
  last_at: Time,
  min_time: Time.describe("The least time that an entry is about"),
  max_time: Time,
  entries: z.number().int(),
  offset: z.number().int().describe("Where in the object it begins; it is a gzip stream of its own"),
  bytes: z.number().int(),
});
export type ArchivePart = z.infer<typeof ArchivePart>;

export const ArchiveList = z.object({ parts: z.array(ArchivePart), next_cursor: z.string().nullable() });

/** As the API shows it. */
export function partOf(row: ManifestRow): ArchivePart {
  const { from_epoch, from_pos, to_epoch, to_pos, kept_from: _, ...rest } = row;
  return {
    ...rest,
    from: { epoch: from_epoch, pos: from_pos },
    to: { epoch: to_epoch, pos: to_pos },
    first_at: isoOf(row.first_at),
    last_at: isoOf(row.last_at),
    min_time: isoOf(row.min_time),
    max_time: isoOf(row.max_time),
  };
}
