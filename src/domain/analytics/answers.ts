/* What the routes of analytics take and answer. */
import * as z from "zod";
import { ROWS_MAX, SQL_CHARS_MAX } from "./free-sql";

const Time = z.iso.datetime();
const Row = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

export const FreeSql = z.strictObject({
  sql: z
    .string()
    .min(1)
    .max(SQL_CHARS_MAX)
    .describe(`One SELECT over dataset \`tidings\`; at most ${ROWS_MAX} rows. Weigh by _sample_interval`),
});

export const SqlAnswer = z.object({
  columns: z.array(z.string()),
  rows: z.array(Row),
  truncated: z.boolean().describe("There were more rows than are answered"),
  as_of: Time,
});
export type SqlAnswer = z.infer<typeof SqlAnswer>;

export const QueryAnswer = SqlAnswer.extend({
  query: z.string(),
  from: Time,
  to: Time,
  sampled: z
    .boolean()
    .describe("Analytics Engine may have answered from a sample, weighted; locally every point is counted"),
});
export type QueryAnswer = z.infer<typeof QueryAnswer>;

export const QueryList = z.object({
  queries: z.array(
    z.object({
      name: z.string(),
      what: z.string(),
      parameters: z.array(z.string()).describe("Besides from, to and limit"),
      columns: z.array(z.string()),
      analytics_engine: z.string().describe("Its SQL there, of the last 24 hours"),
      sqlite: z.string().describe("The same over table `points` of the local server"),
    }),
  ),
});
export type QueryList = z.infer<typeof QueryList>;
