/* What a stream client is given and whom it tells: the browser in the page, stand-ins in tests. */
import type { Frame, SnapshotMessage } from "../../../src/domain/frame";

export interface Socket {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
}

/** Thrown by `ticket()` when the key is not accepted: trying again cannot help. */
export class KeyRefused extends Error {}

export interface StreamDeps {
  open(ticket: string | undefined, stream: string | undefined): Socket;
  /** Undefined for whoever has no key: public topics are heard without a ticket. */
  ticket(): Promise<string | undefined>;
  now(): number;
  random(): number;
}

export interface StreamListener {
  frame(frame: Frame): void;
  snapshot(message: SnapshotMessage): void;
  /** Anything that may change the connection's state happened. */
  changed(): void;
  /** What the server's clock showed between two moments of this one. */
  clock(server: number, from: number, to: number): void;
  keyRefused(detail: string): void;
  refused(code: string, detail: string, topic: string | undefined): void;
}
