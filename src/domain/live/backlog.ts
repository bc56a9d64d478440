/* Backlog: what one socket was sent and has not said it read.
 *
 * There is no back-pressure on sockets and no `bufferedAmount` in workerd: whatever a client does not read stays in
 * memory. So clients acknowledge positions, and a socket that is too far behind is given no more, or closed. A socket
 * delivers in order, hence an acknowledged frame acknowledges everything sent before it, whatever its topic. Frames are
 * marked only every so many bytes or seconds: a few dozen marks per socket, and a figure that errs by less than one
 * stretch. */
import { comparePositions, type Position } from "../ledger/position";

/** More than this unacknowledged: slow, or set back to catching up if the client acknowledges. The message that began it does
 * not count: a snapshot may be larger than this. */
export const MAX_UNACKNOWLEDGED_BYTES = 1_048_576;
/** Unacknowledged for longer than this: slow, if the client ever acknowledged anything. */
export const MAX_UNACKNOWLEDGED_MS = 60_000;
const MARK_BYTES = 65_536;
const MARK_MS = 2_000;

/** A frame that begins a stretch: an acknowledgement of it covers the `before` bytes sent ahead of it. */
interface Mark extends Position {
  topic: string;
  before: number;
  at: number;
}

/** [bytes, since, acknowledges, topic, epoch, seq of the last frame, bytes that do not count] */
export type SavedBacklog = [number, number, boolean, string, string, number, number];

export class Backlog {
  #sent = 0;
  #read = 0;
  #marks: Mark[] = [];
  #lastTopic = "";
  #lastEpoch = "";
  #lastSeq = 0;
  /** Of the message that began what is unacknowledged. */
  #exempt = 0;
  /** The client was asked to acknowledge soon. Others need to only after many bytes: their silence means nothing. */
  readonly isAsked: boolean;
  /** The client acknowledges: only then its silence means something. */
  acknowledges = false;

  readonly #maxBytes: number;

  constructor(isAsked = true, maxBytes = MAX_UNACKNOWLEDGED_BYTES) {
    this.isAsked = isAsked;
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#sent - this.#read;
  }

  /** What counts against the bound. */
  get #counted(): number {
    return this.bytes - this.#exempt;
  }

  get isTooLarge(): boolean {
    return this.#counted > this.#maxBytes;
  }

  /** Whether so many bytes more would be too many. */
  wouldBeTooLarge(bytes: number): boolean {
    return this.since !== undefined && this.#counted + bytes > this.#maxBytes;
  }

  /** Whoever catches up is given no more before it acknowledges: the other half is for what comes meanwhile. */
  get isHalfFull(): boolean {
    return this.#counted > this.#maxBytes / 2;
  }

  /** Since when something is unacknowledged; undefined when nothing is. */
  get since(): number | undefined {
    return this.#marks[0]?.at;
  }

  isSlow(now: number): boolean {
    if (this.isTooLarge) return true;
    return this.acknowledges && this.since !== undefined && now - this.since >= MAX_UNACKNOWLEDGED_MS;
  }

  /** A frame or snapshot was sent. Runs for every message of every socket. */
  note(topic: string, epoch: string, seq: number, bytes: number, now: number): void {
    const newest = this.#marks.at(-1);
    if (newest === undefined) this.#exempt = bytes;
    if (newest === undefined || this.#stretchIsFull(newest, now)) {
      this.#marks.push({ topic, epoch, seq, before: this.#sent, at: now });
    }
    this.#sent += bytes;
    this.#lastTopic = topic;
    this.#lastEpoch = epoch;
    this.#lastSeq = seq;
  }

  // Time matters only for who acknowledges; for the others marks would pile up on a slow topic.
  #stretchIsFull(newest: Mark, now: number): boolean {
    return this.#sent - newest.before >= MARK_BYTES || (this.acknowledges && now - newest.at >= MARK_MS);
  }

  /** A message without position was sent (an error, a position frame). */
  noteControl(bytes: number): void {
    this.#sent += bytes;
  }

  acknowledge(topic: string, position: Position): void {
    if (this.isAsked && !this.acknowledges) {
      // Marks were coarse until now: begin afresh rather than judge by them.
      this.acknowledges = true;
      this.#clear();
      return;
    }
    const last = { epoch: this.#lastEpoch, seq: this.#lastSeq };
    if (topic === this.#lastTopic && comparePositions(last, position) <= 0) {
      this.#clear();
      return;
    }
    const covered = this.#marks.findLastIndex((m) => m.topic === topic && comparePositions(m, position) <= 0);
    if (covered < 0) return;
    this.#read = (this.#marks[covered] as Mark).before;
    this.#marks.splice(0, covered);
    if (covered > 0) this.#exempt = 0;
  }

  /** The client left a topic, so it will not acknowledge it any more. */
  forget(topic: string): void {
    this.#marks = this.#marks.filter((m) => m.topic !== topic);
    if (this.#marks.length === 0) this.#clear();
  }

  #clear(): void {
    this.#read = this.#sent;
    this.#marks = [];
    this.#exempt = 0;
  }

  save(): SavedBacklog | null {
    const since = this.since;
    if (since === undefined) return this.acknowledges ? [0, 0, true, "", "", 0, 0] : null;
    return [this.bytes, since, this.acknowledges, this.#lastTopic, this.#lastEpoch, this.#lastSeq, this.#exempt];
  }

  static load(saved: SavedBacklog | null | undefined, isAsked: boolean): Backlog {
    const backlog = new Backlog(isAsked);
    if (!saved) return backlog;
    const [bytes, since, acknowledges, topic, epoch, seq, exempt] = saved;
    backlog.acknowledges = acknowledges;
    if (topic !== "") {
      backlog.note(topic, epoch, seq, bytes, since);
      backlog.#exempt = exempt;
    }
    return backlog;
  }
}
