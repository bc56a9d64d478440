/* Many WebSockets that hear alerts, of whichever server; a process of its own. parent.ts is its other end. */

import { setTimeout as pause } from "node:timers/promises";
import { eventKey } from "./alert-posts.ts";
import { AlertSocket, type Crowd, type Ears } from "./alert-socket.ts";
import { wallMs } from "./clock.ts";

export type CrowdRequest =
  | { do: "open"; crowd: Crowd }
  /** How many alerts have reached every socket. */
  | { do: "count" }
  | { do: "report" }
  | { do: "drop" }
  /** Resolves when every socket is back and has this seq. */
  | { do: "resume"; until: number };

/** What became of one frame. */
export interface Arrival {
  seq: number;
  /** The event and the place that it tells of; empty for a frame that no event caused. */
  event: string;
  text: string;
  /** When the server accepted it, by its own word. */
  acceptedMs: number;
  /** When its last socket had it, and how many have it. */
  lastMs: number;
  sockets: number;
}

export interface CrowdAnswer {
  error?: string;
  reached: number;
  /** Since the last report; faults are the first few of them. */
  arrivals?: Arrival[];
  received?: number;
  faults?: string[];
  faultCount?: number;
  resumed?: number;
  /** From the first attempt to reconnect until every socket was current, and attempts that failed on the way. */
  currentMs?: number;
  attemptsFailed?: number;
}

/** Sockets that are being opened at a time; a storm opens them all. */
const OPENING = 64;
const FAULTS_NAMED = 5;
const RETRY_MS = 200;
const RETRY_SPREAD_MS = 800;
const STORM_ENDS_MS = 60_000;

class AlertCrowd implements Ears {
  readonly #sockets: AlertSocket[];
  #arrivals = new Map<number, Arrival>();
  #faults: string[] = [];
  #faultCount = 0;
  #received = 0;
  #reached = 0;
  #resumed = 0;

  constructor(crowd: Crowd) {
    this.#sockets = Array.from({ length: crowd.sockets }, () => new AlertSocket(crowd, this));
  }

  async open(): Promise<CrowdAnswer> {
    const sockets = this.#sockets.values();
    const opener = async () => {
      for (const socket of sockets) await socket.open();
    };
    await Promise.all(Array.from({ length: OPENING }, opener));
    return this.count();
  }

  heard(frame: Buffer, seq: number, at: number): void {
    let arrival = this.#arrivals.get(seq);
    if (arrival === undefined) {
      arrival = firstArrival(frame, seq);
      this.#arrivals.set(seq, arrival);
    }
    arrival.sockets++;
    arrival.lastMs = at;
    this.#received++;
    if (arrival.sockets === this.#sockets.length && arrival.event !== "") this.#reached++;
  }

  fault(text: string): void {
    if (this.#faultCount++ < FAULTS_NAMED) this.#faults.push(text);
  }

  resumed(): void {
    this.#resumed++;
  }

  count(): CrowdAnswer {
    return { reached: this.#reached };
  }

  report(): CrowdAnswer {
    const arrivals = [...this.#arrivals.values()].sort((a, b) => a.seq - b.seq);
    const counted = {
      received: this.#received,
      faults: this.#faults,
      faultCount: this.#faultCount,
      resumed: this.#resumed,
    };
    this.#arrivals = new Map();
    this.#faults = [];
    this.#faultCount = 0;
    this.#received = 0;
    this.#resumed = 0;
    return { reached: this.#reached, arrivals, ...counted };
  }

  drop(): CrowdAnswer {
    for (const socket of this.#sockets) socket.drop();
    return this.count();
  }

  async resume(until: number): Promise<CrowdAnswer> {
    const start = wallMs();
    let attemptsFailed = 0;
    const back = async (socket: AlertSocket): Promise<void> => {
      while (wallMs() < start + STORM_ENDS_MS) {
        try {
          await socket.open();
          return;
        } catch {
          // Refused, or broken: as a client does, it comes back after a moment that is its own.
          attemptsFailed++;
          await pause(RETRY_MS + Math.random() * RETRY_SPREAD_MS);
        }
      }
    };
    await Promise.all(this.#sockets.map(back));
    const lacking = () => this.#sockets.filter(({ position }) => (position?.seq ?? 0) < until).length;
    while (lacking() > 0 && wallMs() < start + STORM_ENDS_MS) await pause(5);
    if (lacking() > 0) throw new Error(`${lacking()} sockets are not current after ${STORM_ENDS_MS} ms.`);
    return { ...this.count(), currentMs: wallMs() - start, attemptsFailed };
  }
}

/** Parsed once per alert, not once per socket. */
function firstArrival(frame: Buffer, seq: number): Arrival {
  const text = frame.toString();
  const { data } = JSON.parse(text) as { data: Told };
  const isOpening = data.event_type === "open" && data.event_id !== null;
  const event = isOpening ? eventKey(data.event_id, data.location) : "";
  return { seq, event, text, acceptedMs: Date.parse(data.accepted_at), lastMs: 0, sockets: 0 };
}

interface Told {
  event_type: string;
  event_id: string;
  location: string;
  accepted_at: string;
}

let crowd: AlertCrowd | undefined;

async function answer(request: CrowdRequest): Promise<CrowdAnswer> {
  if (request.do === "open") {
    crowd = new AlertCrowd(request.crowd);
    return crowd.open();
  }
  if (crowd === undefined) throw new Error("No crowd was opened.");
  if (request.do === "resume") return crowd.resume(request.until);
  return crowd[request.do]();
}

if (process.argv[2] === "serve-alert-crowd") {
  process.on("message", (request: CrowdRequest) => {
    answer(request).then(
      (found) => process.send?.(found),
      (error) => process.send?.({ error: String(error), reached: 0 } satisfies CrowdAnswer),
    );
  });
  process.once("disconnect", () => process.exit(0));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
}
