/* Which topics a socket should carry when more are of interest than it may. Pure. */

/** What the server counts for a topic beside its name (domain/live/topic.ts). */
const TOPIC_OVERHEAD = 16;

export class Interest {
  #held = new Map<string, number>();
  /** Released ones stay for a while: going back to a page then finds its rows current. Last used is last. */
  #lingering = new Set<string>();
  readonly #limit: number;
  readonly #bytes: number;

  /** @param bytes what all topics of a socket may take, each its length and a little more */
  constructor(limit: number, bytes = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
    this.#bytes = bytes;
  }

  hold(topics: Iterable<string>): void {
    for (const topic of topics) {
      this.#lingering.delete(topic);
      this.#held.set(topic, (this.#held.get(topic) ?? 0) + 1);
    }
  }

  release(topics: Iterable<string>): void {
    for (const topic of topics) {
      const left = (this.#held.get(topic) ?? 0) - 1;
      if (left > 0) this.#held.set(topic, left);
      else if (this.#held.delete(topic)) this.#lingering.add(topic);
    }
    for (const topic of this.#lingering) {
      if (this.#lingering.size <= this.#limit) break;
      this.#lingering.delete(topic);
    }
  }

  /** Nothing stays that nobody holds. */
  forgetReleased(): void {
    this.#lingering.clear();
  }

  /** As many as fit: what is held, oldest wish first, then what was released, last first. */
  wanted(): Set<string> {
    const wanted = new Set<string>();
    let bytes = 0;
    for (const topic of [...this.#held.keys(), ...[...this.#lingering].reverse()]) {
      bytes += topic.length + TOPIC_OVERHEAD;
      if (wanted.size >= this.#limit || bytes > this.#bytes) break;
      wanted.add(topic);
    }
    return wanted;
  }
}
