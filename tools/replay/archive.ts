/* Reads an installation's archive over HTTP: its manifest, and the entries of each part, in the order of each ledger's log. */
import { gunzipSync } from "node:zlib";
import type { ArchiveLine } from "../../src/domain/archive/line.ts";
import type { ArchivePart } from "../../src/domain/archive/manifest.ts";
import { Refusal } from "../serve/refusal.ts";

export interface Installation {
  url: string;
  key: string;
}

async function get({ url, key }: Installation, path: string): Promise<Response> {
  const response = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } }).catch(() => {
    throw new Refusal(`${url} cannot be reached.`);
  });
  if (response.ok || response.status === 404) return response;
  throw new Refusal(`${path} was answered with ${response.status}: ${(await response.text()).slice(0, 300)}`);
}

/** Undefined when there is nothing there. */
export async function ask(installation: Installation, path: string): Promise<unknown> {
  const response = await get(installation, path);
  return response.status === 404 ? undefined : response.json();
}

/** Parts with entries about `from` or later: what was corrected or deleted afterwards came afterwards. */
export async function partsSince(installation: Installation, domain: string, from: number): Promise<ArchivePart[]> {
  const parts: ArchivePart[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const after: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const path = `/archive?domain=${domain}&from=${from}&limit=1000${after}`;
    const page = (await ask(installation, path)) as { parts: ArchivePart[]; next_cursor: string | null };
    parts.push(...page.parts);
    cursor = page.next_cursor;
  }
  return parts.sort(byLog);
}

/** Each ledger's parts follow on each other. */
function byLog(a: ArchivePart, b: ArchivePart): number {
  if (a.object !== b.object) return a.object < b.object ? -1 : 1;
  if (a.to.epoch !== b.to.epoch) return a.to.epoch < b.to.epoch ? -1 : 1;
  return a.to.pos - b.to.pos;
}

export async function linesOf(installation: Installation, part: ArchivePart): Promise<ArchiveLine[]> {
  const { key, offset, bytes, entries } = part;
  const response = await get(installation, `/archive/${encodeURIComponent(key)}?offset=${offset}&bytes=${bytes}`);
  if (!response.ok) throw new Refusal(`The manifest names ${key}, and the archive does not have it.`);
  const text = gunzipSync(Buffer.from(await response.arrayBuffer())).toString();
  const lines = text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as ArchiveLine);
  if (lines.length !== entries)
    throw new Refusal(`${key} has ${lines.length} entries of ${part.object}, not ${entries}.`);
  return lines;
}

/** Events that objects have accepted and the archive does not have yet. */
export async function notArchived(installation: Installation): Promise<number> {
  let pending = 0;
  for (let cursor: string | null = ""; cursor !== null; ) {
    const after: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page = (await ask(installation, `/audit?limit=100${after}`)) as {
      objects: { purpose: string; pending: number }[];
      next_cursor: string | null;
    };
    for (const row of page.objects) if (row.purpose === "archive") pending += row.pending;
    cursor = page.next_cursor;
  }
  return pending;
}
