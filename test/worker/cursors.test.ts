/* A cursor that is none of the list's is refused by every list in the same words, which say what to do. */
import { describe, expect, it } from "vitest";
import { GROUPS } from "../../src/worker/app";
import { pathOf } from "../../src/worker/route";
import { alice, get, problem } from "./people";

/** Its rows may have any name, so any text is a place in it. */
const TAKES_ANY = "/api/v1/audit";

const lists = GROUPS.flatMap((group) =>
  group.routes
    .filter((route) => route.query !== undefined && "cursor" in route.query.shape)
    .map((route) => pathOf(group, route.path).replace(/:\w+/g, "x")),
);
const strict = lists.filter((path) => path !== TAKES_ANY);

const refusalOf = async (path: string, cursor: string) => {
  const { status, errors } = await problem(await get(alice, `${path}?cursor=${encodeURIComponent(cursor)}`));
  return { status, errors };
};

describe("a cursor", () => {
  it("is a parameter of every list that has pages", () => {
    expect(lists.length).toBeGreaterThan(9);
    expect(lists).toContain(TAKES_ANY);
  });

  it.each(strict)("of nothing is refused by %s: what it is, and what to send instead", async (path) => {
    const detail = "is no cursor of this list: send its `next_cursor`, or none to begin anew";
    for (const cursor of ["", " ", "of, another list"]) {
      expect(await refusalOf(path, cursor)).toEqual({ status: 400, errors: [{ pointer: "cursor", detail }] });
    }
  });

  it.each(lists)("too long to be one is refused by %s by its name", async (path) => {
    const { status, errors } = await refusalOf(path, "x".repeat(401));
    expect([status, errors[0]?.pointer]).toEqual([400, "cursor"]);
  });
});
