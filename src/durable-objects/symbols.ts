/* A symbol that appeared or went is told to the registry in D1 and to everyone who listens to topic `symbols`. */
import type { Birth } from "../domain/ledger/draft";
import { SYMBOLS_TOPIC } from "../domain/topics/topic";
import { registerSymbols } from "../storage/queries/registry";

export async function introduceSymbols(env: Env, object: string, births: Birth[]): Promise<void> {
  const at = Date.now();
  await registerSymbols(env.DB, "PriceFeed", object, births, at);
  const frames = births.map(({ stream, epoch, seq, gone }) => ({
    topic: `prices/${stream}`,
    epoch,
    seq,
    type: gone ? "deleted" : "announced",
    at: new Date(at).toISOString(),
    data: { symbol: stream },
  }));
  await env.TOPIC.getByName(SYMBOLS_TOPIC).publish(frames);
}
