/* Gets samples from the spool to the server, in order, and out of the spool when the server has them. Over the socket as many
 * are on their way as the server has shown to take: one at first, then twice as many with each full round.
 *
 * An error names no sample. While one is on its way it means that one; among several nothing more is sent until it is seen
 * which are acknowledged, and the rest goes again one by one. So a sample that the server refuses for good is found and given
 * up, and holds nothing back; one that it cannot take now is kept and sent later. */
import type { Clock } from "./clock.ts";
import type { Door } from "./door.ts";
import type { Log } from "./log.ts";
import type { Refused } from "./protocol.ts";
import type { Session } from "./session.ts";
import type { Spool } from "./spool/spool.ts";

const MOST_ON_THE_WAY = 32;
const MOST_PER_REQUEST = 100;
const ACK_WITHIN_MS = 30_000;
/** After an error: what is acknowledged is so by now. */
const SETTLED_AFTER_MS = 2_000;
/** After an error that may pass. */
const REST_MS = 30_000;
/** The server understood, and will say the same again however often it is asked. */
const FOR_GOOD = ["invalid_request", "conflict", "too_large"];
const FOR_GOOD_STATUS = [400, 413, 422];

export class Delivery {
  /** On their way over the socket: since when. */
  readonly #onTheWay = new Map<string, number>();
  #window = 1;
  /** When an error came that may mean any of several. */
  #errorAt: number | undefined;
  #restUntil = 0;
  #isPosting = false;
  readonly #spool: Spool;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(spool: Spool, clock: Clock, log: Log) {
    this.#spool = spool;
    this.#clock = clock;
    this.#log = log;
  }

  get isDone(): boolean {
    return this.#spool.count === 0;
  }

  /** Sends what the window has room for. */
  pump(session: Session | undefined): void {
    const now = this.#clock.elapsed();
    if (this.#errorAt !== undefined && now - this.#errorAt >= SETTLED_AFTER_MS) this.#startAgain();
    if (session === undefined || this.#isPosting || this.#errorAt !== undefined || now < this.#restUntil) return;
    for (const sample of this.#spool.oldest(this.#window)) {
      if (this.#onTheWay.size >= this.#window) return;
      if (this.#onTheWay.has(sample.id)) continue;
      this.#onTheWay.set(sample.id, now);
      session.send(sample);
    }
  }

  acked(id: string): void {
    this.#spool.remove(id);
    if (!this.#onTheWay.delete(id) || this.#onTheWay.size > 0) return;
    this.#window = Math.min(MOST_ON_THE_WAY, 2 * this.#window);
    this.#errorAt = undefined;
    this.#log.state("refused", undefined);
  }

  refused({ code, detail }: Refused): void {
    const [only] = this.#onTheWay.keys();
    this.#log.state("refused", `the server refuses: ${code}: ${detail}`);
    if (only === undefined) return;
    if (this.#onTheWay.size > 1) {
      this.#window = 1;
      this.#errorAt = this.#clock.elapsed();
      return;
    }
    this.#startAgain();
    if (FOR_GOOD.includes(code)) this.#spool.drop(only);
    else this.#restUntil = this.#clock.elapsed() + REST_MS;
  }

  /** Whether the server has been silent about a sample for so long that the session is of no use. */
  get isStuck(): boolean {
    const [oldest] = this.#onTheWay.values();
    return oldest !== undefined && this.#errorAt === undefined && this.#clock.elapsed() - oldest >= ACK_WITHIN_MS;
  }

  /** What was on its way may have arrived or not: it is sent again under its id. */
  sessionEnded(): void {
    this.#startAgain();
  }

  #startAgain(): void {
    this.#onTheWay.clear();
    this.#window = 1;
    this.#errorAt = undefined;
  }

  /** Everything there is, over HTTP; until it is done or the server does not take it. */
  async post(door: Door, goOn: () => boolean): Promise<void> {
    if (this.#isPosting || this.#onTheWay.size > 0) return;
    this.#isPosting = true;
    try {
      for (let most = MOST_PER_REQUEST; goOn() && this.#spool.count > 0; ) {
        const samples = this.#spool.oldest(most);
        const answer = await door.send(samples);
        if (answer.ok) for (const { id } of samples) this.#spool.remove(id);
        else if (!FOR_GOOD_STATUS.includes(answer.status)) return;
        else if (samples.length > 1) most = Math.ceil(samples.length / 2);
        else {
          this.#log.state("refused", `the server refuses a sample: ${answer.reason}`);
          for (const { id } of samples) this.#spool.drop(id);
        }
      }
    } finally {
      this.#isPosting = false;
    }
  }
}
