/* Open-loop load: requests fall due at a constant rate whatever the server does, as from many sources that know nothing of
 * each other. A latency counts from when the request was due, so a server that stalls cannot slow its own measurement.
 *
 * A process of its own: parent.ts sends a job, this answers with a log of every arrival and stays for the next. */
import { bodyOf, type Posts, pathOf } from "./bodies.ts";
import { nowUs } from "./clock.ts";
import { Connection, postRequest } from "./connection.ts";

export interface Phase {
  perSecond: number;
  seconds: number;
}

export interface OpenLoopJob {
  port: number;
  key: string;
  phases: Phase[];
  posts: Posts;
  /** At most so many requests are under way; what falls due beyond that is not sent and counts as such. */
  connections: number;
  /** What falls due while all are under way waits for the next free one, so that everything is sent. */
  waits?: boolean;
  /** What has no answer so long after the last request fell due stays without. */
  patienceMs: number;
}

/** What became of an arrival where there is no HTTP status. */
export const NOT_SENT = 0;
export const UNANSWERED = -1;

/** One element per arrival, in the order they fell due. */
export interface OpenLoopLog {
  dueUs: Float64Array;
  sentUs: Float64Array;
  answeredUs: Float64Array;
  status: Int16Array;
}

/** When each arrival is due, in microseconds from the beginning. */
export function scheduleOf(phases: Phase[]): Float64Array {
  const due: number[] = [];
  let start = 0;
  for (const { perSecond, seconds } of phases) {
    const count = Math.round(perSecond * seconds);
    for (let i = 0; i < count; i++) due.push(start + (i * 1e6) / perSecond);
    start += seconds * 1e6;
  }
  return Float64Array.from(due);
}

export class OpenLoop {
  readonly #job: OpenLoopJob;
  readonly #log: OpenLoopLog;
  readonly #idle: Connection[] = [];
  #connections = 0;
  #underWay = 0;

  constructor(job: OpenLoopJob) {
    this.#job = job;
    const due = scheduleOf(job.phases);
    const none = () => new Float64Array(due.length).fill(Number.NaN);
    const status = new Int16Array(due.length).fill(NOT_SENT);
    this.#log = { dueUs: due, sentUs: none(), answeredUs: none(), status };
  }

  async run(): Promise<OpenLoopLog> {
    const { dueUs } = this.#log;
    // A moment ahead, so that the first arrivals are not late.
    const start = nowUs() + 20_000;
    for (let i = 0; i < dueUs.length; i++) dueUs[i] = start + (dueUs[i] as number);
    for (let next = 0; next < dueUs.length; ) {
      const now = nowUs();
      while (next < dueUs.length && (dueUs[next] as number) <= now && this.#maySend()) this.#send(next++);
      if (next < dueUs.length) await pause((dueUs[next] as number) - nowUs());
    }
    const patience = nowUs() + this.#job.patienceMs * 1e3;
    while (this.#underWay > 0 && nowUs() < patience) await pause(5_000);
    for (const connection of this.#idle) connection.close();
    return this.#log;
  }

  #send(i: number): void {
    const connection = this.#connection();
    if (connection === undefined) return;
    const { key, posts } = this.#job;
    const request = postRequest(pathOf(posts), key, bodyOf(posts, i, Date.now()));
    this.#underWay++;
    this.#log.status[i] = UNANSWERED;
    this.#log.sentUs[i] = nowUs();
    connection.send(request, (answer) => {
      this.#underWay--;
      if (answer === undefined) {
        this.#connections--;
        return;
      }
      this.#log.answeredUs[i] = nowUs();
      this.#log.status[i] = answer.status;
      this.#idle.push(connection);
    });
  }

  #maySend(): boolean {
    return this.#job.waits !== true || this.#underWay < this.#job.connections;
  }

  #connection(): Connection | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.open) return idle;
      this.#connections--;
    }
    if (this.#connections >= this.#job.connections) return undefined;
    this.#connections++;
    return new Connection(this.#job.port);
  }
}

/** Timers of Node are a millisecond coarse, so a request may leave a millisecond after it was due; to spin until then would
 * take a core from the server. */
const pause = (us: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(us, 0) / 1e3));

if (process.argv[2] === "serve-open-loop") {
  process.on("message", async (job: OpenLoopJob) => process.send?.(await new OpenLoop(job).run()));
  process.once("disconnect", () => process.exit(0));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
}
