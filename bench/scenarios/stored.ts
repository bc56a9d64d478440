/* What the objects have, read back through the API. */
import type { Server } from "../../test/e2e/server.ts";

const PAGE = 1_000;

async function get<T>(server: Server, path: string): Promise<T> {
  const answer = await server.fetch(path);
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}.`);
  return (await answer.json()) as T;
}

/** Symbol → `<epoch>:<seq>` of its newest entry. */
export async function heads(server: Server, symbols: string[]): Promise<Map<string, string>> {
  type Answer = { prices: { symbol: string; epoch: string; seq: number }[] };
  const { prices } = await get<Answer>(server, `/api/v1/prices?symbols=${symbols.join(",")}`);
  return new Map(prices.map(({ symbol, epoch, seq }) => [symbol, `${epoch}:${seq}`]));
}

interface Events {
  status: string;
  events: { epoch: string; seq: number; type: string; data: { volume?: number } }[];
  more: boolean;
}

/** Volume of a tick → how often it is stored after these positions. Throws when a seq is missing. */
export async function storedSince(server: Server, after: Map<string, string>): Promise<Map<number, number>> {
  const times = new Map<number, number>();
  for (const [symbol, head] of after) {
    let position = head;
    for (let more = true; more; ) {
      const path = `/api/v1/prices/${symbol}/events?after=${position}&limit=${PAGE}`;
      const page = await get<Events>(server, path);
      if (page.status !== "range") throw new Error(`${symbol} answered a ${page.status}.`);
      for (const { epoch, seq, type, data } of page.events) {
        if (seq !== Number(position.split(":")[1]) + 1) throw new Error(`${symbol} has ${seq} after ${position}.`);
        position = `${epoch}:${seq}`;
        if (type === "price" && data.volume !== undefined) times.set(data.volume, (times.get(data.volume) ?? 0) + 1);
      }
      more = page.more;
    }
  }
  return times;
}
