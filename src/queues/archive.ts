/* The archive's consumer: entries of ledgers into the bucket, exactly once.
 *
 * What a batch of messages brings of one domain becomes one object there: each message is a gzip stream of its own, and such
 * streams follow on each other, so nothing is read or compressed again. Then one D1 batch adds a manifest row for each
 * ledger and moves its cursor, both guarded by the cursor as it was. Only what the manifest names exists: an object that a
 * crash left without is swept (worker/orphans.ts). */
import { ArchiveMessage } from "../domain/archive/batch";
import { type ArchiveDomain, archivedOf } from "../domain/archive/domains";
import { archiveKey, type ManifestRow } from "../domain/archive/manifest";
import type { Cursor } from "../domain/event";
import { linesOf } from "../storage/archive";
import { addManifestRow } from "../storage/queries/archive";
import { ensureCursor, GUARD, guardValues, moveCursor } from "../storage/queries/cursors";
import { noteGaps } from "../storage/queries/gaps";
import { gapsIn } from "./chain";
import { labelOf } from "./orphaned";
import { type Chain, consumeOutbox, type Merged } from "./outbox";

type Messages = Chain<ArchiveMessage>;

export function consumeArchive(batch: MessageBatch, env: Env): Promise<void> {
  return consumeOutbox(batch, env, {
    body: ArchiveMessage,
    refuse: ({ object }) => (archivedOf(object) === undefined ? "entries of this object are not archived" : undefined),
    merge: keep,
  });
}

async function keep(env: Env, chains: Messages[]): Promise<(Merged | undefined)[]> {
  const merged = new Map<Messages, Merged>();
  for (const chain of chains) if (chain.bodies.length === 0) merged.set(chain, { count: 0, at: chain.from });
  const full = chains.filter(({ bodies }) => bodies.length > 0);
  for (const [domain, own] of Map.groupBy(full, ({ object }) => archivedOf(object)?.domain as ArchiveDomain)) {
    try {
      for (const [chain, result] of await keepTogether(env, domain, own, Date.now())) merged.set(chain, result);
    } catch (error) {
      console.error("entries were not archived, will be tried again", domain, error);
    }
  }
  await dropSpilled(
    env,
    full.filter((chain) => merged.has(chain)),
  );
  return chains.map((chain) => merged.get(chain));
}

/** The streams of a ledger's range, and what the manifest says of it. */
interface Piece {
  chain: Messages;
  streams: Uint8Array[];
  row: Omit<ManifestRow, "domain" | "kept_from" | "key">;
}

async function keepTogether(
  env: Env,
  domain: ArchiveDomain,
  chains: Messages[],
  now: number,
): Promise<Map<Messages, Merged>> {
  const pieces = (await piecesOf(env, chains)).filter((piece) => piece !== undefined);
  const kept_from = pieces.reduce((latest, { row }) => Math.max(latest, row.last_at, row.max_time), 0);
  const key = archiveKey(domain, now, kept_from, crypto.randomUUID());
  if (pieces.length > 0) {
    await env.ARCHIVE.put(key, joined(pieces.flatMap(({ streams }) => streams)), {
      httpMetadata: { contentType: "application/gzip" },
      customMetadata: labelOf(pieces.map(({ chain, row }) => ({ row, gaps: gapsIn(chain.bodies) }))),
    });
  }
  const results = await env.DB.batch([
    ...chains.map(({ object, purpose }) => ensureCursor(env.DB, object, purpose)),
    ...pieces.map(({ chain, row }) => addManifestRow(env.DB, { ...row, domain, kept_from, key }, guardOf(chain))),
    ...chains.flatMap((chain) =>
      noteGaps(env.DB, chain.object, chain.purpose, gapsIn(chain.bodies), guardOf(chain), now),
    ),
    ...chains.map((chain) => moveTo(env.DB, chain, endOf(chain), now)),
  ]);
  const moved = results.slice(-chains.length).map(({ meta }) => meta.changes === 1);
  const isNamed = pieces.some(({ chain }) => moved[chains.indexOf(chain)]);
  if (pieces.length > 0 && !isNamed) await env.ARCHIVE.delete(key);
  return new Map(
    chains.map((chain, i) => [
      chain,
      moved[i] ? { count: chain.bodies.length, at: endOf(chain) } : { count: 0, at: chain.from },
    ]),
  );
}

const guardOf = ({ object, purpose, from }: Messages) => ({ sql: GUARD, values: guardValues(object, purpose, from) });

const endOf = ({ bodies }: Messages): Cursor => (bodies.at(-1) as ArchiveMessage).to;

function moveTo(db: D1Database, { object, purpose, from, bodies }: Messages, to: Cursor, now: number) {
  const rolled = bodies.reduce((sum, { events }) => sum + events, 0);
  return moveCursor(db, object, purpose, from, to, { rolled, parked: 0 }, now);
}

/** In the order in which they are joined; undefined of a range without entries. */
async function piecesOf(env: Env, chains: Messages[]): Promise<(Piece | undefined)[]> {
  const pieces: (Piece | undefined)[] = [];
  let offset = 0;
  for (const chain of chains) {
    const piece = await pieceOf(env, chain, offset);
    offset += piece?.row.bytes ?? 0;
    pieces.push(piece);
  }
  return pieces;
}

async function pieceOf(env: Env, chain: Messages, offset: number): Promise<Piece | undefined> {
  const batches = chain.bodies.flatMap(({ batch }) => batch ?? []);
  const [first, ...rest] = batches;
  if (first === undefined) return undefined;
  const streams = await Promise.all(batches.map(({ lines }) => linesOf(env.ARCHIVE, lines)));
  const { object, from } = chain;
  const to = endOf(chain);
  const row = {
    object,
    from_epoch: from.epoch,
    from_pos: from.pos,
    to_epoch: to.epoch,
    to_pos: to.pos,
    first_at: rest.reduce((least, { first_at }) => Math.min(least, first_at), first.first_at),
    last_at: rest.reduce((most, { last_at }) => Math.max(most, last_at), first.last_at),
    min_time: rest.reduce((least, { min_time }) => Math.min(least, min_time), first.min_time),
    max_time: rest.reduce((most, { max_time }) => Math.max(most, max_time), first.max_time),
    entries: batches.reduce((sum, { entries }) => sum + entries, 0),
    offset,
    bytes: streams.reduce((sum, { byteLength }) => sum + byteLength, 0),
  };
  return { chain, streams, row };
}

function joined(streams: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(streams.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const stream of streams) {
    whole.set(stream, at);
    at += stream.byteLength;
  }
  return whole;
}

/** What was too long for the queue has been copied. One that a crash leaves here is swept. */
async function dropSpilled(env: Env, chains: Messages[]): Promise<void> {
  const keys = chains.flatMap(({ bodies }) => bodies.flatMap(({ batch }) => batch?.lines ?? []));
  const spilled = keys.filter((lines) => typeof lines === "string");
  if (spilled.length === 0) return;
  await env.ARCHIVE.delete(spilled).catch((error: unknown) => console.error("spilled lines stay", error));
}
