/* The part of docs/analytics.md that lists the named queries, as it must be. */
import { analyticsEngine, type Dialect, sqlite } from "../../src/storage/analytics-dialects";
import { type NamedQuery, QUERIES, QueryParams } from "../../src/storage/analytics-queries";

/** An hour, so that the texts have something to show. */
const SHOWN = QueryParams.parse({
  from: Date.parse("2026-11-21T10:00:00Z"),
  to: Date.parse("2026-11-21T11:00:00Z"),
  limit: 100,
});

const TITLES: [string, Dialect][] = [
  ["Analytics Engine", analyticsEngine],
  ["SQLite", sqlite],
];

const plain = (sql: string): string => sql.replace(/\s+/g, " ").replace(/ (FROM|WHERE|GROUP|ORDER|LIMIT) /g, "\n$1 ");

function section({ name, what, parameters, columns, sql }: NamedQuery): string {
  const filters = parameters.length === 0 ? "none of its own" : parameters.map((p) => `\`${p}\``).join(", ");
  const texts = TITLES.map(([title, dialect]) => `${title}:\n\n\`\`\`sql\n${plain(sql(dialect, SHOWN))}\n\`\`\``);
  const head = `### ${name}\n\n${what}. Parameters: ${filters}. Columns: ${columns.map((c) => `\`${c}\``).join(", ")}.`;
  return [head, ...texts].join("\n\n");
}

export const listedQueries = (): string => QUERIES.map(section).join("\n\n");
