/* Takes readings and makes metrics of them. A source that fails or hangs costs its own figures and nothing else. */
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { reasonOf } from "../refusal.ts";
import { type Metrics, metricsOf } from "./metrics.ts";
import type { Readings, Taken, Taking } from "./readings.ts";
import type { Source, Sources } from "./sources.ts";

/** A source that takes longer (a network disk that is gone) is not waited for. */
const READ_WITHIN_MS = 5_000;

type Name = keyof Readings;

export class Collector {
  readonly #taking: Taking = {};
  /** Asked, and not answered yet: not asked again meanwhile. */
  readonly #asked = new Map<Name, Promise<void>>();
  readonly #sources: Sources;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(sources: Sources, clock: Clock, log: Log) {
    this.#sources = sources;
    this.#clock = clock;
    this.#log = log;
  }

  /** Rates are since the call before; the first one has none. */
  async collect(): Promise<Metrics> {
    const names = Object.keys(this.#sources) as Name[];
    for (const name of names) if (!this.#asked.has(name)) this.#ask(name);
    await this.#answered();
    return metricsOf(this.#taking);
  }

  #ask<K extends Name>(name: K): void {
    const source: Source<Readings[K]> = this.#sources[name];
    const before: Taken<Readings[K]> | undefined = this.#taking[name];
    if (before !== undefined && this.#clock.elapsed() - before.at < source.minAgeMs) return;
    const answer = source
      .read()
      .then((value) => this.#take(name, value))
      .catch((error: unknown) => {
        delete this.#taking[name];
        this.#log.state(`source ${name}`, `cannot read ${name}: ${reasonOf(error)}`);
      })
      .finally(() => this.#asked.delete(name));
    this.#asked.set(name, answer);
  }

  #take<K extends Name>(name: K, value: Readings[K] | undefined): void {
    const before: Taken<Readings[K]> | undefined = this.#taking[name];
    const taking: { [N in Name]?: Taken<Readings[N]> } = this.#taking;
    if (value === undefined) delete taking[name];
    else {
      const taken: Taken<Readings[K]> = { value, at: this.#clock.elapsed() };
      if (before !== undefined) taken.before = { value: before.value, at: before.at };
      Object.assign(taking, { [name]: taken });
    }
  }

  async #answered(): Promise<void> {
    const asked = [...this.#asked];
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#clock.after(READ_WITHIN_MS, () => {
        // Old figures would pass for new ones.
        for (const [name] of asked) if (this.#asked.has(name)) delete this.#taking[name];
        resolve();
      });
    });
    await Promise.race([Promise.all(asked.map(([, answer]) => answer)), late]);
    cancel();
  }
}
