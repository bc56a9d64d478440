/* Rows of an object's own tables follow its entries: after any crashes, they and the rebuilt state say the same. */
import { describe, expect, it } from "vitest";
import type { Reducer } from "../../../src/domain/ledger/reducer";
import { Ledger } from "../../../src/durable-objects/ledger/ledger";
import { Tiers } from "../../../src/durable-objects/tiers";
import { fc, holds } from "../../property";
import { Disk, Life } from "./fake-object";

type Fact = { type: "added" | "closed"; data: { amount: number } };
interface State {
  open: number;
  closed: number;
  leaving: number;
}

/** Adds up; every third amount closes what is open, which then is in the tiers and nowhere else. */
const meter: Reducer<State, number, Fact> = {
  version: 1,
  topic: "meters",
  empty: () => ({ open: 0, closed: 0, leaving: 0 }),
  decide: (_state, amount) => [
    { type: "added", data: { amount } },
    ...(amount % 3 === 0 ? [{ type: "closed" as const, data: { amount: 0 } }] : []),
  ],
  isOwn: ({ type }) => type === "added",
  apply: (state, { type, data }) =>
    type === "added"
      ? { ...state, open: state.open + data.amount }
      : { open: 0, closed: state.closed + 1, leaving: state.open },
  snapshot: (state) => state,
  save: ({ open, closed }) => ({ open, closed }),
  load: (saved) => ({ ...(saved as { open: number; closed: number }), leaving: 0 }),
};

function meterOn(disk: Disk, crashIn?: number) {
  const life = new Life(disk);
  const tiers = new Tiers(life.ctx.storage.sql);
  const ledger = new Ledger<State, number, Fact>(life.ctx, {
    object: "Meter/m",
    reducer: meter,
    outputs: [],
    project: ({ type }, { leaving, closed }) => {
      if (type === "closed") tiers.put("sums", { series: "m", start: closed, value: leaving }, 0);
    },
    downstream: { send: async () => {}, confirmed: async () => undefined } as never,
    delayMs: 0,
    deliver: (async () => ({})) as never,
    introduce: async () => {},
    now: () => 1_000,
    random: () => 0.5,
  });
  life.crashIn = crashIn;
  const written = (): number => {
    life.crashIn = undefined;
    return tiers.range<number>("sums", "m", 0, 1e9).reduce((sum, { value }) => sum + value, 0);
  };
  return { ledger, written };
}

describe("tables that follow the entries", () => {
  it("say with the state what was acknowledged, whenever it crashes", () =>
    holds(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.option(fc.nat(8), { nil: undefined })), { maxLength: 12 }),
        async (steps) => {
          const disk = new Disk();
          let total = 0;
          for (const [i, [amount, crashIn]] of steps.entries()) {
            const events = [{ stream: "m", source: "s", body: amount }];
            const once = (life: ReturnType<typeof meterOn>) => life.ledger.append({ key: `k${i}`, hash: "h", events });
            await once(meterOn(disk, crashIn)).catch(() => undefined);
            // Whoever heard nothing asks again.
            expect((await once(meterOn(disk))).ok).toBe(true);
            total += amount;
          }
          const { ledger, written } = meterOn(disk);
          const open = (await ledger.stream("m"))?.state.open ?? 0;
          expect(open + written()).toBe(total);
        },
      ),
      { numRuns: 60 },
    ));
});
