/* Group commit without a timer: the first caller commits at once; whoever comes while the disk is busy shares the next
 * commit. One slow disk flush then serves everybody who waited for it. */

/** A commit takes at most so much of what waits. */
const GROUP_WEIGHT = 2_000;

interface Job<Q, A> {
  request: Q;
  weight: number;
  answer(answer: A): void;
  fail(error: unknown): void;
}

export interface Committer<Q, A> {
  /** Changes memory and disk for all requests at once, or throws and has changed nothing that lasts. */
  commit(requests: Q[]): A[];
  /** Resolves when the disk has it. */
  sync(): Promise<void>;
  /** It is durable: what follows may be told to others. */
  committed(): void;
}

export class GroupCommit<Q, A> {
  readonly #committer: Committer<Q, A>;
  #waiting: Job<Q, A>[] = [];
  #running = false;

  constructor(committer: Committer<Q, A>) {
    this.#committer = committer;
  }

  /** Resolves with the answer when it is on disk. @param weight how much of a commit this fills, in events */
  submit(request: Q, weight: number): Promise<A> {
    return new Promise((answer, fail) => {
      this.#waiting.push({ request, weight, answer, fail });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    let jobs: Job<Q, A>[] = [];
    try {
      while (this.#waiting.length > 0) {
        jobs = this.#next();
        const answers = this.#committer.commit(jobs.map((job) => job.request));
        await this.#committer.sync();
        for (const [i, job] of jobs.entries()) job.answer(answers[i] as A);
        this.#committer.committed();
      }
    } catch (error) {
      for (const job of [...jobs, ...this.#waiting.splice(0)]) job.fail(error);
    } finally {
      this.#running = false;
    }
  }

  #next(): Job<Q, A>[] {
    let weight = 0;
    let count = 0;
    for (const job of this.#waiting) {
      weight += job.weight;
      if (count > 0 && weight > GROUP_WEIGHT) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }
}
