/* Gets samples from the spool to the server, in order, and out of the spool when the server has them. Over the socket as many
 * are on their way as the server has shown to take: one at first, then twice as many with each full round. While one is on its
 * way an error means that one, so a sample that the server refuses for good is found and given up, and holds nothing back. */
import type { Clock } from "./clock.ts";
import type { Door } from "./door.ts";
import type { Log } from "./log.ts";
import type { Refused } from "./protocol.ts";
import type { Session } from "./session.ts";
import type { Spool } from "./spool/spool.ts";

const MOST_ON_THE_WAY = 32;
const MOST_PER_REQUEST = 100;
const ACK_WITHIN_MS = 30_000;
/** The server understood, and will say the same again however often it is asked. */
const FOR_GOOD = ["invalid_request", "conflict", "too_large"];
const FOR_GOOD_STATUS = [400, 413, 422];

export class Delivery {
  /** On their way over the socket: since when. */
  readonly #onTheWay = new Map<string, number>();
  #window = 1;
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
    if (session === undefined || this.#isPosting) return;
    for (const sample of this.#spool.oldest(this.#window)) {
      if (this.#onTheWay.size >= this.#window) return;
      if (this.#onTheWay.has(sample.id)) continue;
      this.#onTheWay.set(sample.id, this.#clock.elapsed());
      session.send(sample);
    }
  }

  acked(id: string): void {
    this.#spool.remove(id);
    if (!this.#onTheWay.delete(id)) return;
    if (this.#onTheWay.size === 0) this.#window = Math.min(MOST_ON_THE_WAY, 2 * this.#window);
  }

  refused({ code, detail }: Refused): void {
    const [only] = this.#onTheWay.keys();
    const culprit = this.#onTheWay.size === 1 ? only : undefined;
    this.#window = 1;
    this.#log.state("refused", `the server refuses: ${code}: ${detail}`);
    if (culprit === undefined || !FOR_GOOD.includes(code)) return;
    this.#onTheWay.delete(culprit);
    this.#spool.drop(culprit);
  }

  /** Whether the server has been silent about a sample for so long that the session is of no use. */
  get isStuck(): boolean {
    const [oldest] = this.#onTheWay.values();
    return oldest !== undefined && this.#clock.elapsed() - oldest >= ACK_WITHIN_MS;
  }

  /** What was on its way may have arrived or not: it is sent again under its id. */
  sessionEnded(): void {
    this.#onTheWay.clear();
    this.#window = 1;
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
