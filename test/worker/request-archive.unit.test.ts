/* Reading requests from logs and archive together, against a plain list. */
import { describe, expect, it } from "vitest";
import { parsePlace, placeText, type Search } from "../../src/domain/requests/kept";
import { fc, holds } from "../property";
import { Kept, World } from "./kept-requests";

const Question = fc.record({
  limit: fc.integer({ min: 1, max: 6 }),
  status_code: fc.option(fc.constant(500), { nil: undefined }),
  span: fc.option(fc.tuple(fc.nat(60), fc.nat(60)), { nil: undefined }),
});
const START = Date.parse("2026-11-21T10:00:00Z");

function searchOf({ limit, status_code, span }: typeof Question extends fc.Arbitrary<infer T> ? T : never): Search {
  const [from, to] = span === undefined ? [undefined, undefined] : [START + span[0], START + span[0] + span[1]];
  return { limit, status_code, from, to };
}

/** All pages, each from the text of the cursor before. */
async function readAll(kept: Kept, search: Search, between: () => void): Promise<string[]> {
  const ids: string[] = [];
  let after = search.after;
  for (let pages = 0; pages < 500; pages++) {
    const { rows, next } = await kept.page({ ...search, after });
    expect(rows.length).toBeLessThanOrEqual(search.limit);
    ids.push(...rows.map(({ request }) => request.request_id));
    if (next === undefined) return ids;
    after = parsePlace(placeText(next));
    between();
  }
  throw new Error("no end");
}

describe("requests from logs and archive", () => {
  it("are each shown once, in order, page by page, whatever leaves the logs meanwhile", async () => {
    await holds(
      fc.asyncProperty(World, Question, async (world, question) => {
        const kept = new Kept(world);
        const search = searchOf(question);
        expect(await readAll(kept, search, () => kept.advance())).toEqual(kept.plain(search));
      }),
      { numRuns: 300 },
    );
  });

  it("are left out where a part is gone, which is said, and nothing else is", async () => {
    await holds(
      fc.asyncProperty(World, fc.nat(25), async (world, gone) => {
        const kept = new Kept(world);
        const search = { limit: 1_000 };
        const unread = new Set<string>();
        const ids: string[] = [];
        const isAway = ({ key }: { key: string }) => key === `k${gone}`;
        let pages = 0;
        for (let after: Search["after"]; ; ) {
          expect(++pages).toBeLessThan(500);
          const page = await kept.page({ ...search, after }, isAway);
          ids.push(...page.rows.map(({ request }) => request.request_id));
          for (const { key, reason } of page.unread) unread.add(`${key} ${reason}`);
          if (page.next === undefined) break;
          after = page.next;
        }
        const missing = kept.plain(search).filter((id) => !ids.includes(id));
        expect(new Set(ids).size).toBe(ids.length);
        expect([...unread]).toEqual(unread.size === 0 ? [] : [`k${gone} missing`]);
        if (missing.length > 0) expect(unread.size).toBe(1);
      }),
    );
  });
});
