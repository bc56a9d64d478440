/* The way of entries into the archive, by hand: what an outbox would send, and the queue that hands it over. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { ARCHIVE_PURPOSE, type ArchiveMessage } from "../../src/domain/archive/batch";
import type { ArchivePart } from "../../src/domain/archive/manifest";
import type { PriceFeed } from "../../src/durable-objects/price-feed";
import { consume } from "../../src/queues/consume";
import { decompress, packMessage } from "../../src/storage/archive";
import { alice, get } from "./people";

export const ARCHIVE = "/api/v1/archive";

interface Lines {
  ledger: { partsAfter(purpose: string, cursor: { epoch: string; pos: number }): Promise<string[]> };
}

/** What the outbox of a feed sends to the archive: everything after a row. */
export async function messageOf(symbol: string, after?: ArchiveMessage): Promise<ArchiveMessage> {
  const feed = env.PRICE_FEED.getByName(symbol);
  const { epoch, head, accepted } = await feed.audit([]);
  const from = after?.to ?? { epoch: "", pos: 0 };
  const parts = await runInDurableObject(feed, (object: PriceFeed) =>
    (object as unknown as Lines).ledger.partsAfter(ARCHIVE_PURPOSE, from),
  );
  const envelope = { v: 1 as const, object: `PriceFeed/${symbol}`, purpose: ARCHIVE_PURPOSE, from };
  const events = accepted - (after?.events ?? 0);
  return packMessage(env.ARCHIVE, { ...envelope, to: { epoch, pos: head }, events, parts });
}

/** As the queue does: what is handed over is acknowledged, or asked for again. */
export async function deliver(...bodies: unknown[]): Promise<string[]> {
  const fate = bodies.map(() => "");
  const messages = bodies.map((body, i) => ({
    id: crypto.randomUUID(),
    attempts: 1,
    body: structuredClone(body),
    ack: () => (fate[i] = "ack"),
    retry: () => (fate[i] = "retry"),
  }));
  await consume({ queue: "tidings-archive", messages } as unknown as MessageBatch, env);
  return fate;
}

export async function partsOf(query: string): Promise<ArchivePart[]> {
  const parts: ArchivePart[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const path = `${ARCHIVE}?limit=2&${query}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const page: { parts: ArchivePart[]; next_cursor: string | null } = await (await get(alice, path)).json();
    parts.push(...page.parts);
    cursor = page.next_cursor;
  }
  return parts;
}

export async function linesOf({
  key,
  offset,
  bytes,
}: ArchivePart): Promise<{ seq: number; data: { price?: number } }[]> {
  const answer = await get(alice, `${ARCHIVE}/${encodeURIComponent(key)}?offset=${offset}&bytes=${bytes}`);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/gzip"]);
  const text = decompress(new Uint8Array(await answer.arrayBuffer()));
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

export const ofSymbol = (symbol: string) => `object=${encodeURIComponent(`PriceFeed/${symbol}`)}`;
