/* The way to the server, kept open: one session after the other, with a back-off between them. */
import { BackOff } from "./back-off.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import { type Hello, REPLACED } from "./protocol.ts";
import { Session, type SessionEvents } from "./session.ts";
import type { Connect, Ended } from "./socket.ts";

export interface LinkOptions {
  connect: Connect;
  clock: Clock;
  random: () => number;
  log: Log;
  hello: () => Hello;
  /** Between beats. */
  intervalMs: () => number;
}

/** So long without a session, and beats go over HTTP. */
const FALL_BACK_AFTER_MS = 30_000;
/** Two agents under one name would throw each other out for ever: as slowly as this. */
const RIVAL_MS = 30_000;

export class Link {
  #session: Session | undefined;
  /** Since when there is no session. */
  #lostAt: number;
  #cancelRetry: (() => void) | undefined;
  #isStopped = false;
  #stopped: () => void = () => {};
  readonly #backOff: BackOff;
  readonly #options: LinkOptions;
  readonly #events: SessionEvents;

  constructor(options: LinkOptions, events: SessionEvents) {
    this.#options = options;
    this.#events = events;
    this.#backOff = new BackOff(options.intervalMs, options.random);
    this.#lostAt = options.clock.elapsed();
  }

  /** The session that beats and samples go over, when there is one. */
  get session(): Session | undefined {
    return this.#session?.isOpen ? this.#session : undefined;
  }

  get isLost(): boolean {
    return this.session === undefined && this.#options.clock.elapsed() - this.#lostAt >= FALL_BACK_AFTER_MS;
  }

  open(): void {
    const { connect, clock, hello, log } = this.#options;
    this.#session = new Session(connect, clock, hello, {
      ...this.#events,
      welcomed: (welcome) => {
        log.state("link", "connected");
        this.#events.welcomed(welcome);
      },
      ended: (end) => this.#ended(end),
    });
  }

  /** No further tries. Resolves when the session has said goodbye, or at once where there is none. */
  stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelRetry?.();
    const session = this.#session;
    if (session === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stopped = resolve;
      session.stop();
    });
  }

  #ended(end: Ended): void {
    const session = this.#session;
    this.#session = undefined;
    if (session?.wasOpen) this.#lostAt = this.#options.clock.elapsed();
    // Not after every welcome: a server that dies of us would be asked every second.
    if (session?.isProven) this.#backOff.reset();
    this.#events.ended(end);
    if (this.#isStopped) this.#stopped();
    else this.#retry(end);
  }

  #retry(end: Ended): void {
    const { clock, log } = this.#options;
    const atLeastMs = end.code === REPLACED ? RIVAL_MS : end.retryAfterMs;
    const waitMs = this.#backOff.next(atLeastMs);
    log.state("link", `no connection: ${meaningOf(end)}`);
    log.detail(`next try in ${(waitMs / 1_000).toFixed(1)} s`);
    this.#cancelRetry = clock.after(waitMs, () => this.open());
  }
}

/** What an operator can do about it, where there is something. */
function meaningOf({ reason, status, code }: Ended): string {
  if (code === REPLACED) return "another agent beats for this node; stop it, or give this one another name";
  switch (status) {
    case 401:
      return "the server does not know this key";
    case 403:
      return "this key may not beat for this node";
    case 404:
    case 200:
      return "there is no Tidings with nodes at this address";
    default:
      return reason;
  }
}
