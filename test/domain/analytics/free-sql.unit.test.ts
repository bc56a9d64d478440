/* What free SQL may say before it travels with a token that can read more than ours. */
import { describe, expect, it } from "vitest";
import { boundedSelect, ROWS_MAX, SQL_CHARS_MAX } from "../../../src/domain/analytics/free-sql";

const taken = (sql: string) => {
  const answer = boundedSelect(sql, "tidings");
  if (!answer.ok) throw new Error(answer.error);
  return answer.value;
};
const refused = (sql: string): string => {
  const answer = boundedSelect(sql, "tidings");
  return answer.ok ? `taken: ${answer.value}` : answer.error;
};

describe("free SQL", () => {
  it("is one SELECT over our dataset, bounded and answered as JSON", () => {
    expect(taken("SELECT 1 FROM tidings")).toBe(`SELECT 1 FROM tidings\nLIMIT ${ROWS_MAX + 1}\nFORMAT JSON`);
    expect(taken("select blob2 from tidings limit 5;")).toBe("select blob2 from tidings limit 5\nFORMAT JSON");
    expect(taken("SELECT a FROM (SELECT blob1 AS a FROM tidings) LIMIT 3 OFFSET 2")).toMatch(/FORMAT JSON$/);
    expect(taken("SELECT 'insert; drop FROM elsewhere' FROM tidings -- from others; delete")).toMatch(/^SELECT/);
    expect(taken("SELECT a, b FROM tidings WHERE x IN (1, 2) AND f(a, b) GROUP BY a, b ORDER BY a, b")).toMatch(
      /^SELECT/,
    );
    expect(taken("SELECT t.a, u.b FROM tidings AS t JOIN tidings AS u ON f(t.a, u.b) LIMIT 5")).toMatch(/^SELECT/);
    expect(taken("SELECT toStartOfInterval(timestamp, INTERVAL '1' HOUR) AS h FROM TIDINGS GROUP BY h, blob1")).toMatch(
      /h FROM/,
    );
  });

  it("asks for no more rows than are answered", () => {
    expect(refused(`SELECT 1 FROM tidings LIMIT ${ROWS_MAX + 1}`)).toContain(`at most ${ROWS_MAX}`);
    expect(taken("SELECT 1 FROM tidings LIMIT 2 -- LIMIT 90000")).toContain("FORMAT JSON");
    expect(taken("SELECT ' LIMIT 5' FROM tidings")).toContain(`LIMIT ${ROWS_MAX + 1}`);
    expect(refused(`SELECT ${"1,".repeat(SQL_CHARS_MAX)}1 FROM tidings`)).toContain("characters");
  });

  it.each([
    ["INSERT INTO tidings VALUES (1)", "must be a SELECT"],
    ["SELECT 1 FROM tidings; SELECT 2 FROM tidings", "one statement"],
    ["SELECT 1 FROM tidings FORMAT CSV", "FORMAT"],
    ["SELECT 1 FROM tidings INTO OUTFILE 'x'", "INTO"],
    ["SELECT 1 FROM tidings SETTINGS max_rows = 1", "SETTINGS"],
    ["SELECT 1", "FROM tidings"],
    ["SELECT 1 FROM others", "tidings only, not others"],
    ["SELECT 1 FROM system.tables", "SYSTEM"],
    ["SELECT 1 FROM default.others", "not default.others"],
    ["SELECT 1 FROM tidings JOIN others ON 1", "not others"],
    ["SELECT 1 FROM tidings, others", "tidings only"],
    ["SELECT 1 FROM tidings AS t, others", "tidings only"],
    ["SELECT 1 FROM (SELECT 1 FROM tidings), others", "tidings only"],
    ["SELECT 1 FROM tidings UNION ALL SELECT 1 FROM others", "not others"],
    ["SELECT 1 FROM/**/others", "must read FROM"],
    ['SELECT 1 FROM "others"', "must read FROM"],
    ["SELECT 1 FROM `others`", "must read FROM"],
    ["SELECT 1 FROM tidings WHERE x IN (SELECT y FROM others)", "not others"],
    ["SELECT '\\' FROM tidings -- ' , 1 FROM others", "backslash"],
    ["SELECT '\\' , 1 FROM others --' FROM tidings", "backslash"],
    ["SELECT 1 FROM (SELECT 1 FROM tidings WHERE (1 = 1)), others", "tidings only"],
    ["SELECT 1 FROM tidings AS t FINAL, others", "tidings only"],
    ["SELECT 1 FROM (SELECT 1 FROM tidings AS a SAMPLE 1, others) WHERE 1", "tidings only"],
    ["SELECT 1 FROM tidings WHERE blob1 IN others", "tidings only"],
    ["SELECT 1 FROM tidings # '\n , (SELECT 1 FROM others) '", "within quotes only"],
    ["SELECT $$ ' $$, 1 FROM others --'", "within quotes only"],
    ["SELECT \u2018'\u2019, 1 FROM others --'", "within quotes only"],
    ["", "must be a SELECT"],
  ])("refuses %s", (sql, why) => {
    expect(refused(sql)).toContain(why);
  });
});
