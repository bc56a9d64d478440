/* The life of one socket: hello, welcome, beats and their answers, samples and their acknowledgements, the end. It never
 * reconnects; whoever holds it makes another one. */
import type { Clock } from "./clock.ts";
import { BEAT, type Hello, type Message, type Refused, readAnswer, type Welcome } from "./protocol.ts";
import type { Sample } from "./sample.ts";
import type { Connect, Ended, Socket } from "./socket.ts";

export interface SessionEvents {
  welcomed(welcome: Welcome): void;
  acked(id: string): void;
  refused(error: Refused): void;
  /** Once. */
  ended(end: Ended): void;
}

/** So many beats without an answer, and the other end is gone without a word. */
const UNANSWERED_BEATS = 3;
const WELCOME_WITHIN_MS = 10_000;

export class Session {
  #socket: Socket;
  #phase: "opening" | "open" | "ended" = "opening";
  #unanswered = 0;
  #wasOpen = false;
  #isProven = false;
  #cancelWelcome: () => void;
  readonly #events: SessionEvents;

  constructor(connect: Connect, clock: Clock, hello: () => Hello, events: SessionEvents) {
    this.#events = events;
    this.#cancelWelcome = clock.after(2 * WELCOME_WITHIN_MS, () => this.#giveUp("no answer"));
    this.#socket = connect({
      opened: () => {
        this.#say(hello());
        this.#cancelWelcome();
        this.#cancelWelcome = clock.after(WELCOME_WITHIN_MS, () => this.#giveUp("no welcome"));
      },
      heard: (text) => this.#heard(text),
      ended: (end) => this.#ended(end),
    });
  }

  get isOpen(): boolean {
    return this.#phase === "open";
  }

  get wasOpen(): boolean {
    return this.#wasOpen;
  }

  /** A beat of it was answered. */
  get isProven(): boolean {
    return this.#isProven;
  }

  /** Beats, or finds that the last ones met silence: then this session ends. */
  beat(): void {
    if (!this.isOpen) return;
    if (this.#unanswered >= UNANSWERED_BEATS) {
      this.#giveUp(`${UNANSWERED_BEATS} beats without an answer`);
      return;
    }
    this.#unanswered++;
    this.#socket.send(BEAT);
  }

  send(sample: Sample): void {
    this.#say({ type: "metrics", ...sample });
  }

  /** Says that this stop is meant. The server closes once it is on record. */
  stop(): void {
    if (this.isOpen) this.#say({ type: "stopping" });
    else this.#socket.terminate();
  }

  /** Ends at once, without the handshake of closing. */
  drop(reason: string): void {
    this.#giveUp(reason);
  }

  #say(message: Message): void {
    this.#socket.send(JSON.stringify(message));
  }

  #heard(text: string): void {
    const answer = readAnswer(text);
    switch (answer?.type) {
      case undefined:
        break;
      case "ok":
        this.#unanswered = 0;
        this.#isProven = true;
        break;
      case "welcome":
        this.#welcomed(answer);
        break;
      case "ack":
        this.#events.acked(answer.id);
        break;
      case "error":
        this.#events.refused(answer);
        break;
      default:
        answer satisfies never;
    }
  }

  #welcomed(welcome: Welcome): void {
    if (this.#phase !== "opening") return;
    this.#cancelWelcome();
    this.#phase = "open";
    this.#wasOpen = true;
    this.#events.welcomed(welcome);
  }

  #giveUp(reason: string): void {
    this.#ended({ reason });
    this.#socket.terminate();
  }

  #ended(end: Ended): void {
    if (this.#phase === "ended") return;
    this.#phase = "ended";
    this.#cancelWelcome();
    this.#events.ended(end);
  }
}
