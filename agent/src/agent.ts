/* The agent: beats, samples, and the way to the server put together. */
import type { Collector } from "./collect/collector.ts";
import { Delivery } from "./delivery.ts";
import type { Door } from "./door.ts";
import { Link, type LinkOptions } from "./link.ts";
import type { Hello, Welcome } from "./protocol.ts";
import { Pulse } from "./pulse.ts";
import { reasonOf } from "./refusal.ts";
import { SampleIds } from "./sample.ts";
import type { Spool } from "./spool/spool.ts";

export interface AgentOptions extends Omit<LinkOptions, "hello" | "intervalMs"> {
  bootId: string;
  version: string;
  pool: string | undefined;
  intervalMs: number;
  /** Undefined: as the server wishes. */
  metricsEvery: number | undefined;
  door: Door;
  collector: Pick<Collector, "collect">;
  spool: Spool;
}

const METRICS_EVERY = 6;
/** How long a goodbye may take. */
const STOP_WITHIN_MS = 2_000;

export class Agent {
  readonly #options: AgentOptions;
  readonly #pulse: Pulse;
  readonly #link: Link;
  readonly #delivery: Delivery;
  readonly #ids: SampleIds;
  #beats = 0;
  #metricsEvery: number;
  #isCollecting = false;
  #isStopped = false;
  /** How many samples were given up when the server was last told. */
  #toldDropped: number;
  #isBeatingOverHttp = false;

  constructor(options: AgentOptions) {
    this.#options = options;
    const { clock, log, spool } = options;
    this.#metricsEvery = options.metricsEvery ?? METRICS_EVERY;
    this.#toldDropped = spool.dropped;
    this.#ids = new SampleIds(options.bootId, clock);
    this.#delivery = new Delivery(spool, clock, log);
    this.#pulse = new Pulse(clock, options.intervalMs, () => this.#beat());
    this.#link = new Link(
      { ...options, hello: () => this.#hello(), intervalMs: () => this.#pulse.intervalMs },
      {
        welcomed: (welcome) => this.#welcomed(welcome),
        acked: (id) => this.#acked(id),
        refused: (error) => {
          this.#delivery.refused(error);
          this.#delivery.pump(this.#link.session);
        },
        ended: () => this.#delivery.sessionEnded(),
      },
    );
  }

  start(): void {
    // Rates need a reading before the first sample.
    void this.#options.collector.collect();
    this.#link.open();
    this.#pulse.start();
  }

  /** Says goodbye, within two seconds. What is not delivered is on disk when this resolves. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pulse.stop();
    const { clock, door, bootId, spool } = this.#options;
    const goodbye =
      this.#link.session === undefined
        ? Promise.all([this.#link.stop(), door.beat({ status: "stopping", boot_id: bootId })])
        : this.#link.stop();
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = clock.after(STOP_WITHIN_MS, resolve);
    });
    await Promise.race([goodbye, late]);
    cancel();
    spool.save();
  }

  #hello(): Hello {
    const { bootId, intervalMs, pool, version, spool } = this.#options;
    const dropped = spool.dropped - this.#toldDropped;
    return {
      type: "hello",
      boot_id: bootId,
      interval_s: intervalMs / 1_000,
      ...(pool === undefined ? {} : { pool }),
      version,
      ...(dropped > 0 ? { message: `${dropped} samples were given up: there was no room for them` } : {}),
    };
  }

  #welcomed({ interval_s, metrics_every_s }: Welcome): void {
    const { intervalMs, metricsEvery, spool } = this.#options;
    this.#toldDropped = spool.dropped;
    // Beating more often than is expected costs nothing; more seldom raises a false alarm.
    this.#pulse.setInterval(interval_s > 0 ? Math.min(intervalMs, Math.max(1_000, interval_s * 1_000)) : intervalMs);
    const wished = Math.round((metrics_every_s * 1_000) / this.#pulse.intervalMs);
    this.#metricsEvery = metricsEvery ?? (wished >= 1 ? wished : METRICS_EVERY);
    this.#delivery.pump(this.#link.session);
  }

  #acked(id: string): void {
    this.#delivery.acked(id);
    this.#delivery.pump(this.#link.session);
  }

  #beat(): void {
    const { session } = this.#link;
    if (this.#delivery.isStuck) session?.drop("samples without an answer");
    else session?.beat();
    if (this.#link.isLost) void this.#beatOverHttp();
    // The second beat has the first sample: rates are known by then, and a new node soon shows figures.
    if (this.#beats++ % this.#metricsEvery === 0) void this.#sample();
    else this.#delivery.pump(this.#link.session);
  }

  async #beatOverHttp(): Promise<void> {
    if (this.#isBeatingOverHttp) return;
    this.#isBeatingOverHttp = true;
    const { door, bootId, pool, log } = this.#options;
    const answer = await door.beat({
      status: "ok",
      boot_id: bootId,
      interval_s: this.#pulse.intervalMs / 1_000,
      ...(pool === undefined ? {} : { pool }),
    });
    log.state("http", answer.ok ? "beats go over HTTP" : `beats do not arrive: ${answer.reason}`);
    const goOn = () => this.#link.session === undefined && !this.#isStopped;
    if (answer.ok) await this.#delivery.post(door, goOn);
    this.#isBeatingOverHttp = false;
    this.#delivery.pump(this.#link.session);
  }

  async #sample(): Promise<void> {
    if (this.#isCollecting) return;
    this.#isCollecting = true;
    const { collector, clock, spool, log } = this.#options;
    try {
      const id = this.#ids.next();
      const timestamp = clock.now();
      const metrics = await collector.collect();
      if (this.#isStopped) return;
      const own = { "agent.waiting_samples": spool.count, "agent.dropped_samples": spool.dropped };
      spool.append({ id, timestamp, metrics: { ...metrics, ...own } });
      log.state("sample", undefined);
      log.detail(`sampled ${id}: ${Object.keys(metrics).length} figures, ${spool.count} samples waiting`);
    } catch (error) {
      log.state("sample", `no sample: ${reasonOf(error)}`);
    } finally {
      this.#isCollecting = false;
      this.#delivery.pump(this.#link.session);
    }
  }
}
