/* Exactly once: what an object remembers of the events and requests it has taken in.
 *
 * The memory is a fold over operations that are stored in the log rows beside the entries, so a rebuilt object remembers
 * what the crashed one did. Maps keep insertion order, which is time order: forgetting starts at the front. */

/** Own identities live at least this long ... */
export const IDENTITY_MS = 15 * 60_000;
/** ... while there are no more than this many; a million as a Map would fill the isolate. */
export const IDENTITY_MAX = 100_000;
/** Forgetting goes by many at a time: a Map whose front is taken away one by one is searched from its beginning each time.
 * What is too old waits at most so long to be forgotten, and is not found meanwhile. */
const FORGET_EVERY_MS = 30_000;
const FORGET_AT_ONCE = 1_000;
/** Keys that the Worker made cover only its own retries, which end within seconds. */
const MADE_KEY_MS = 60_000;
/** Requests weigh what they remember: one for each stream and run. So many in all, of either kind. */
const REQUEST_WEIGHT_MAX = 200_000;

/** First answer to an event: `[hash, stream, epoch, seq, at]`; seq 0 while it is held. */
type Identity = [hash: string, stream: string, epoch: string, seq: number, at: number];

/** First answer to a request: for each stream in it, runs `[first, count, …]` of the seqs its events got, 0 for a held one. */
export interface RequestMemory {
  hash: string;
  at: number;
  seqs: [stream: string, epoch: string, runs: number[]][];
}

export interface Identities {
  /** How long own identities live, ms. */
  livesMs: number;
  events: Map<string, Identity>;
  /** Requests under the caller's own key. */
  requests: Map<string, RequestMemory>;
  /** Requests under a key that the Worker made. */
  made: Map<string, RequestMemory>;
  /** When each kind was last forgotten for its age. */
  forgotAt: { events: number; requests: number; made: number };
  /** What the requests of either kind weigh. */
  weight: { requests: number; made: number };
  /** Identities dropped before their time because there were too many. */
  forgotten: number;
}

export type IdentityOp =
  | ["id", source: string, id: string, hash: string, stream: string, epoch: string, seq: number]
  | ["req", key: string, hash: string, seqs: RequestMemory["seqs"]];

export const noIdentities = (livesMs = IDENTITY_MS): Identities => ({
  livesMs,
  events: new Map(),
  requests: new Map(),
  made: new Map(),
  forgotAt: { events: 0, requests: 0, made: 0 },
  weight: { requests: 0, made: 0 },
  forgotten: 0,
});

const identityKey = (source: string, id: string): string => `${source}\n${id}`;

export function findIdentity(memory: Identities, source: string, id: string, now: number): Identity | undefined {
  const found = memory.events.get(identityKey(source, id));
  return found !== undefined && now - found[4] < memory.livesMs ? found : undefined;
}

export function findRequest(memory: Identities, key: string): RequestMemory | undefined {
  return memory.requests.get(key) ?? memory.made.get(key);
}

export function rememberIdentity(memory: Identities, op: IdentityOp, at: number): void {
  const kind = note(memory, op, at);
  const early = kind === "events" ? forgetEvents(memory, at) : forgetRequests(memory, kind, at);
  if (kind !== "made") memory.forgotten += early;
}

/** Remembers again what a row of the log said. What there was no room for then is forgotten again, by many at a time as
 * well: it was counted. */
export function recallIdentity(memory: Identities, op: IdentityOp, at: number): void {
  note(memory, op, at);
  if (memory.events.size <= IDENTITY_MAX + FORGET_AT_ONCE) return;
  for (const oldest of memory.events.keys()) {
    if (memory.events.size <= IDENTITY_MAX) return;
    memory.events.delete(oldest);
  }
}

type Kind = "events" | "requests" | "made";

function note(memory: Identities, op: IdentityOp, at: number): Kind {
  if (op[0] === "id") {
    const [, source, id, hash, stream, epoch, seq] = op;
    const key = identityKey(source, id);
    memory.events.delete(key);
    memory.events.set(key, [hash, stream, epoch, seq, at]);
    return "events";
  }
  const [, key, hash, seqs] = op;
  const kind = hash === "" ? "made" : "requests";
  const known = memory[kind].get(key);
  const request = { hash, at, seqs };
  memory[kind].delete(key);
  memory[kind].set(key, request);
  memory.weight[kind] += weightOf(request) - (known === undefined ? 0 : weightOf(known));
  return kind;
}

const weightOf = ({ seqs }: RequestMemory): number => seqs.reduce((sum, [, , runs]) => sum + 1 + runs.length / 2, 1);

/** Drops what is too old, then what is too many; returns how many went before their time. */
function forgetEvents(memory: Identities, now: number): number {
  const { events, livesMs } = memory;
  const isTooMany = events.size > IDENTITY_MAX;
  if (!isTooMany && now - memory.forgotAt.events < FORGET_EVERY_MS) return 0;
  memory.forgotAt.events = now;
  const most = isTooMany ? IDENTITY_MAX - FORGET_AT_ONCE : IDENTITY_MAX;
  let early = 0;
  for (const [key, [, , , , at]] of events) {
    const isOld = now - at >= livesMs;
    if (!isOld && events.size <= most) break;
    events.delete(key);
    if (!isOld) early++;
  }
  return early;
}

function forgetRequests(memory: Identities, kind: "requests" | "made", now: number): number {
  const isTooMuch = memory.weight[kind] > REQUEST_WEIGHT_MAX;
  if (!isTooMuch && now - memory.forgotAt[kind] < FORGET_EVERY_MS) return 0;
  memory.forgotAt[kind] = now;
  const most = isTooMuch ? REQUEST_WEIGHT_MAX - FORGET_AT_ONCE : REQUEST_WEIGHT_MAX;
  let early = 0;
  for (const [key, request] of memory[kind]) {
    const isOld = now - request.at >= (kind === "made" ? MADE_KEY_MS : IDENTITY_MS);
    if (!isOld && memory.weight[kind] <= most) break;
    memory[kind].delete(key);
    memory.weight[kind] -= weightOf(request);
    if (!isOld) early++;
  }
  return early;
}

/** `[5, 6, 7, 0, 9]` → `[5, 3, 0, 1, 9, 1]`. */
export function toRuns(seqs: number[]): number[] {
  const runs: number[] = [];
  for (const seq of seqs) {
    const first = runs[runs.length - 2];
    const count = runs[runs.length - 1];
    const next = first === 0 ? 0 : (first ?? 0) + (count ?? 0);
    if (first !== undefined && count !== undefined && seq === next) runs[runs.length - 1] = count + 1;
    else runs.push(seq, 1);
  }
  return runs;
}

/** The inverse of `toRuns`. */
export function fromRuns(runs: number[]): number[] {
  const seqs: number[] = [];
  for (let i = 0; i + 1 < runs.length; i += 2) {
    const first = runs[i] as number;
    for (let k = 0; k < (runs[i + 1] as number); k++) seqs.push(first === 0 ? 0 : first + k);
  }
  return seqs;
}

/** When the first was taken in of all that is remembered, epoch ms; Infinity when nothing is. */
export function memoryBegan({ events, requests, made }: Identities): number {
  const [event] = events.values();
  const [request] = requests.values();
  const [key] = made.values();
  const never = Number.POSITIVE_INFINITY;
  return Math.min(event?.[4] ?? never, request?.at ?? never, key?.at ?? never);
}

type SavedIdentities = [
  events: [string, Identity][],
  requests: [string, RequestMemory][],
  made: [string, RequestMemory][],
  forgotten: number,
];

/** What was remembered up to a moment, epoch ms: the rows of the log after it say the rest. */
export const saveIdentities = ({ events, requests, made, forgotten }: Identities, upTo: number): SavedIdentities => [
  upToMoment(events, upTo, ([, , , , at]) => at),
  upToMoment(requests, upTo, ({ at }) => at),
  upToMoment(made, upTo, ({ at }) => at),
  forgotten,
];

/** What is remembered is in the order of the log: whatever follows the first that is younger is in later rows. */
function upToMoment<V>(memory: Map<string, V>, upTo: number, atOf: (value: V) => number): [string, V][] {
  const saved: [string, V][] = [];
  for (const entry of memory) {
    if (atOf(entry[1]) > upTo) break;
    saved.push(entry);
  }
  return saved;
}

export function loadIdentities(saved: SavedIdentities, livesMs = IDENTITY_MS): Identities {
  const [events, requests, made, forgotten] = saved;
  const weigh = (list: [string, RequestMemory][]) => list.reduce((sum, [, request]) => sum + weightOf(request), 0);
  const weight = { requests: weigh(requests), made: weigh(made) };
  const maps = { events: new Map(events), requests: new Map(requests), made: new Map(made) };
  return { livesMs, ...maps, forgotAt: { events: 0, requests: 0, made: 0 }, weight, forgotten };
}
