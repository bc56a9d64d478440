/* Somebody who listens to topic `alerts` without a key, over every kill, and keeps the view that the page keeps. */
import type { AlertData } from "../../src/domain/alerts/alert.ts";
import { AlertsView } from "../../src/domain/alerts/view.ts";
import type { Filter } from "../../src/domain/frame.ts";
import { Listener } from "./listener.ts";
import type { Server } from "./server.ts";

export interface AlertFrame {
  type: "open" | "close" | "canary";
  topic: string;
  epoch: string;
  seq: number;
  data: AlertData;
  origin: { topic: string; epoch: string; seq: number };
}

interface Control {
  type: "hello" | "snapshot" | "position" | "unknown" | "error";
  topic?: string;
  topics?: { topic: string; epoch: string; seq: number }[];
}

const TOPIC = "alerts";
const CONTROLS = new Set(["hello", "snapshot", "position", "unknown", "error", "pong"]);
/** A client should acknowledge now and then; how often is of no interest here. */
const ACKNOWLEDGE_EVERY = 100;

const isFrame = (message: AlertFrame | Control): message is AlertFrame => !CONTROLS.has(message.type);

export class AlertSubscriber {
  readonly view = new AlertsView();
  readonly frames: AlertFrame[] = [];
  readonly faults: string[] = [];
  readonly #listener: Listener;
  readonly #filter: Filter | undefined;
  #at = { epoch: "", seq: 0 };

  constructor(server: Server, filter?: Filter) {
    this.#filter = filter;
    this.#listener = new Listener({
      server,
      topics: () => [{ topic: TOPIC, after: this.#at, ...(filter === undefined ? {} : { filter }) }],
      take: (message, socket) => {
        this.#take(message as AlertFrame | Control);
        if (this.frames.length % ACKNOWLEDGE_EVERY === 0) {
          socket.send(JSON.stringify({ type: "position", topics: [{ topic: TOPIC, ...this.#at }] }));
        }
      },
    });
  }

  get connections(): number {
    return this.#listener.connections;
  }

  /** Alerts that are said to be over. */
  get closed(): AlertData[] {
    return [...this.view.alerts.values()].filter((alert) => alert.event_type === "close");
  }

  of(type: "open" | "close"): AlertFrame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  stop(): void {
    this.#listener.stop();
  }

  #take(message: AlertFrame | Control): void {
    if (isFrame(message)) this.#takeFrame(message);
    else if (message.type === "position") this.#at = { ...this.#at, seq: message.topics?.[0]?.seq ?? this.#at.seq };
    else if (message.type !== "hello") this.faults.push(JSON.stringify(message));
  }

  /** With a filter there are gaps; nobody ever hears anything twice, or of another epoch. */
  #takeFrame(frame: AlertFrame): void {
    const { epoch, seq } = frame;
    const isFirst = this.#at.epoch === "";
    const follows = this.#filter === undefined ? seq === this.#at.seq + 1 : seq > this.#at.seq;
    if (!follows || !(isFirst || epoch === this.#at.epoch)) {
      this.faults.push(`${this.#at.epoch}:${this.#at.seq} → ${epoch}:${seq}`);
    }
    this.#at = { epoch, seq };
    this.frames.push(frame);
    this.view.take(frame);
  }
}
