/* Durable Objects that only tests use. Bind each in vitest.config.ts (`testObjects`) and type it in test/env.d.ts. */
import { DurableObject } from "cloudflare:workers";
import type { AppendAnswer, AppendRequest } from "../src/domain/ledger/append";
import type { Reducer } from "../src/domain/ledger/reducer";
import { Ledger } from "../src/durable-objects/ledger/ledger";
import { surroundings } from "../src/durable-objects/surroundings";

/* The object of docs/extending.md: a counter that a source adds to, and nothing else. */

type Added = { type: "added"; data: { amount: number } };

const counter: Reducer<{ total: number }, number, Added> = {
  version: 1,
  topic: "counters",
  empty: () => ({ total: 0 }),
  decide: (_state, amount) => [{ type: "added", data: { amount } }],
  apply: (state, entry) => ({ total: state.total + entry.data.amount }),
  snapshot: (state) => state,
  save: (state) => state,
  load: (saved) => saved as { total: number },
};

export class Counter extends DurableObject<Env> {
  readonly #ledger = new Ledger<{ total: number }, number, Added>(this.ctx, {
    ...surroundings(this.ctx, this.env, "Counter"),
    reducer: counter,
    outputs: [],
    introduce: async () => {},
  });

  append(request: AppendRequest<number>): Promise<AppendAnswer> {
    return this.#ledger.append(request);
  }

  async total(name: string): Promise<number> {
    return (await this.#ledger.stream(name))?.state.total ?? 0;
  }

  override alarm(): Promise<void> {
    return this.#ledger.runDueDuties();
  }
}
