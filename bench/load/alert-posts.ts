/* Real civil alerts as requests: each row of the sample is one POST, moved to now. */
import { readFileSync } from "node:fs";
import { wallMs } from "./clock.ts";
import { Connection, postRequest } from "./connection.ts";

/** The sample: tools/data/README.md says where it is from. */
const SAMPLE = "tools/data/civil-alerts.csv";
/** The data has no duration. */
export const MINUTES = 10;

export interface Row {
  /** From the first row on. */
  offsetMs: number;
  type: string;
  locations: string[];
}

export const readRows = (): Row[] => parseRows(readFileSync(SAMPLE, "utf8"));

/** id, occurred_at, type, locations joined by `|`. Repeats and places named twice are real, and kept. */
export function parseRows(csv: string): Row[] {
  const lines = csv.trim().split("\n").slice(1);
  let first: number | undefined;
  return lines.map((line) => {
    const [, occurredAt = "", type = "", locations = ""] = line.trim().split(",");
    // No zone is written; only the time between rows is of interest here.
    const at = Date.parse(`${occurredAt}Z`);
    first ??= at;
    return { offsetMs: at - first, type, locations: locations.split("|") };
  });
}

/** When each row is due in its own rhythm, with no pause longer than so much. */
export function rhythmOf(rows: Row[], longestPauseMs: number): number[] {
  let due = 0;
  return rows.map(({ offsetMs }, i) => {
    const before = rows[i - 1]?.offsetMs ?? offsetMs;
    due += Math.min(Math.max(offsetMs - before, 0), longestPauseMs);
    return due;
  });
}

/** ASCII, as every byte of it is sent as it is. */
function bodyOf({ type, locations }: Row): string {
  const alert = { locations, type, timestamp: new Date().toISOString(), duration: MINUTES };
  return JSON.stringify(alert).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Connections read bytes as characters. */
const decoded = (bytes: string): string => Buffer.from(bytes, "latin1").toString();

const pause = async (ms: number): Promise<void> => {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
};

export interface Target {
  port: number;
  path: string;
  key: string;
}

/** One id may come to many places. */
export const eventKey = (id: string, location: string): string => `${id} ${location}`;

export class AlertPoster {
  readonly #target: Target;
  readonly #connections: Connection[] = [];
  /** `eventKey` of everything that was answered as accepted. */
  readonly accepted = new Set<string>();

  constructor(target: Target) {
    this.#target = target;
  }

  /** One row after the other as they fall due, whatever the server does. Resolves when all are answered. */
  async postInTime(rows: Row[], dueMs: number[]): Promise<void> {
    const start = performance.now();
    const answers: Promise<void>[] = [];
    for (const [i, row] of rows.entries()) {
      await pause(start + (dueMs[i] ?? 0) - performance.now());
      const answer = this.#post(row);
      // Awaited at the end; until then a failure must not look like one that nobody handles.
      answer.catch(() => {});
      answers.push(answer);
    }
    await Promise.all(answers);
  }

  /** So many at a time, each following an answer. */
  async postAsFast(rows: Row[], atOnce: number): Promise<void> {
    const queue = rows.values();
    const poster = async () => {
      for (const row of queue) await this.#post(row);
    };
    await Promise.all(Array.from({ length: atOnce }, poster));
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  #post(row: Row): Promise<void> {
    const { path, key } = this.#target;
    return new Promise((resolve, reject) => {
      this.#connection().send(postRequest(path, key, bodyOf(row)), (answer) => {
        try {
          if (answer?.status !== 200) throw new Error(`A post was answered with ${answer?.status}: ${answer?.body}`);
          const { results } = JSON.parse(decoded(answer.body)) as { results: { event_id: string; location: string }[] };
          for (const { event_id, location } of results) this.accepted.add(eventKey(event_id, location));
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #connection(): Connection {
    const idle = this.#connections.find(({ busy, open }) => !busy && open);
    if (idle !== undefined) return idle;
    const connection = new Connection(this.#target.port);
    this.#connections.push(connection);
    return connection;
  }
}

/** Posts texts as they fall due; resolves with when each left, when all are answered. */
export async function postInTime(url: string, texts: string[], dueMs: number[]): Promise<number[]> {
  const start = wallMs();
  const sentMs: number[] = [];
  const answers: Promise<unknown>[] = [];
  for (const [i, body] of texts.entries()) {
    await pause(start + (dueMs[i] ?? 0) - wallMs());
    sentMs.push(wallMs());
    answers.push(fetch(url, { method: "POST", body }).then((answer) => answer.text()));
  }
  await Promise.all(answers);
  return sentMs;
}
