/* The same points in two shapes: rows of table `points` as the local server has them, and the columns of Analytics Engine.
 * SQLite stands for both: what Analytics Engine says otherwise (a quantile's brackets) is rewritten, its functions are added. */
import { DatabaseSync } from "node:sqlite";
import type { Point } from "../../src/storage/analytics";

const BLOBS = 20;
const DOUBLES = 20;
const numbered = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}${i + 1}`);

/** A point that stands for so many. */
export interface Sampled {
  point: Point;
  interval: number;
  writtenAt: number;
}

export class PointWorld {
  readonly #db = new DatabaseSync(":memory:");

  constructor(sampled: readonly Sampled[]) {
    const columns = [...numbered("blob", BLOBS), ...numbered("double", DOUBLES)];
    this.#db.exec("CREATE TABLE points (id INTEGER PRIMARY KEY, dataset, timestamp, index1, blobs TEXT, doubles TEXT)");
    this.#db.exec(`CREATE TABLE tidings (timestamp, _sample_interval, index1, ${columns.join(", ")})`);
    this.#addFunctions();
    for (const one of sampled) this.#add(one);
  }

  #addFunctions(): void {
    this.#db.function("intDiv", (a, b) => Math.trunc(Number(a) / Number(b)));
    this.#db.function("toDateTime", (seconds) => Number(seconds));
    this.#db.aggregate("quantileExactWeighted", {
      // The state is what SQLite could hold itself: level, values and weights as JSON.
      start: () => "[]",
      step: (state, level, value, weight) => JSON.stringify([...JSON.parse(String(state)), [level, value, weight]]),
      result: (state) => quantileOf(JSON.parse(String(state))),
    });
  }

  #add({ point: { index, blobs, doubles }, interval, writtenAt }: Sampled): void {
    this.#db
      .prepare("INSERT INTO points (dataset, timestamp, index1, blobs, doubles) VALUES ('tidings', ?, ?, ?, ?)")
      .run(writtenAt, index, JSON.stringify(blobs), JSON.stringify(doubles));
    const values = [
      ...Array.from({ length: BLOBS }, (_, i) => blobs[i] ?? ""),
      ...Array.from({ length: DOUBLES }, (_, i) => doubles[i] ?? 0),
    ];
    const marks = values.map(() => "?").join(", ");
    this.#db
      .prepare(`INSERT INTO tidings VALUES (?, ?, ?, ${marks})`)
      .run(Math.floor(writtenAt / 1_000), interval, index, ...values);
  }

  ask(sql: string): Record<string, string | number | null>[] {
    const plain = sql.replace(/quantileExactWeighted\(([\d.]+)\)\(/g, "quantileExactWeighted($1, ");
    return this.#db.prepare(plain).all() as Record<string, string | number | null>[];
  }
}

/** The least value at which the weights up to it reach their share. */
function quantileOf(rows: [level: number, value: number, weight: number][]): number | null {
  const level = rows[0]?.[0] ?? 0;
  let left = Math.ceil(level * rows.reduce((sum, [, , weight]) => sum + weight, 0));
  for (const [, value, weight] of rows.sort(([, a], [, b]) => a - b)) {
    left -= weight;
    if (left <= 0) return value;
  }
  return null;
}
