/* Which topics a socket should carry when more are of interest than it may. Pure. */

export class Interest {
  #held = new Map<string, number>();
  /** Released ones stay for a while: going back to a page then finds its rows current. Last used is last. */
  #lingering = new Set<string>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
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

  clear(): void {
    this.#held.clear();
    this.#lingering.clear();
  }

  /** At most `limit`: what is held, oldest wish first, then what was released last. */
  wanted(): Set<string> {
    const held = [...this.#held.keys()].slice(0, this.#limit);
    const free = this.#limit - held.length;
    const lingering = free > 0 ? [...this.#lingering].slice(-free) : [];
    return new Set([...held, ...lingering]);
  }
}
