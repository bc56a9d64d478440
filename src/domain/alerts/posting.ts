/* A posted batch of alerts: one event for each location of each alert, one request per owning object, one result per event. */
import type { FieldError } from "../error";
import type { AppendEvent } from "../ledger/append";
import { fingerprint } from "../ledger/fingerprint";
import { type Answered, parseEvents, receiptOf, type Share, shareOut, type Trouble, troubleOf } from "../posting";
import type { Result } from "../result";
import { timestampOf } from "../time";
import { MINUTE_MS } from "../units";
import { type AlertEvent, AlertInput, LIES_AHEAD, liesAhead } from "./alert";
import type { AlertResult, PostedAlerts } from "./answers";
import { locationKey } from "./location";

/** Locations of all alerts of a request together. */
export const MAX_PLACES = 5_000;

export function parseAlerts(body: unknown, now: number): Result<AlertInput[], FieldError[]> {
  return parseEvents(
    body,
    (event) => AlertInput.safeParse(event),
    (event) => {
      const at = timestampOf(event);
      return at !== undefined && liesAhead(at, now) ? { field: "timestamp", detail: LIES_AHEAD } : undefined;
    },
  );
}

/** An alert at one of its locations. */
export interface PlacedAlert {
  /** Which alert of the batch. */
  alert: number;
  event: AppendEvent<AlertEvent>;
}

export interface AlertSender {
  /** The source. */
  principal: string;
  /** The caller's Idempotency-Key: it makes the ids of alerts that have none. */
  idempotencyKey: string | undefined;
  /** Fresh ids; unique for ever. */
  mint(): string;
}

/** A place named twice in one alert is meant once, as it was written first. */
function locationsOf({ location, locations }: AlertInput): string[] {
  const places = new Map<string, string>();
  for (const name of locations ?? [location as string]) {
    const key = locationKey(name);
    if (!places.has(key)) places.set(key, name);
  }
  return [...places.values()];
}

/** Every alert at every one of its locations. What is minted is minted here, before the first try, so that whatever is
 * tried again says the same. */
export function placeAlerts(alerts: AlertInput[], sender: AlertSender): PlacedAlert[] {
  return alerts.flatMap((input, i) => {
    const { idempotencyKey } = sender;
    const id = input.id ?? (idempotencyKey === undefined ? sender.mint() : `${idempotencyKey}/${i}`);
    const hash = contentHash(input);
    return locationsOf(input).map((location) => ({ alert: i, event: eventAt(input, location, id, hash, sender) }));
  });
}

function eventAt(input: AlertInput, location: string, id: string, hash: string, sender: AlertSender) {
  const stream = locationKey(location);
  const body: AlertEvent = {
    type: "alert",
    event_id: id,
    candidate: sender.mint(),
    location,
    kind: input.type,
    severity: input.severity ?? "unknown",
    start: input.timestamp,
    end: input.timestamp + Math.max(1, Math.round(input.duration * MINUTE_MS)),
    drill: input.drill ?? false,
  };
  if (input.text !== undefined) body.text = input.text;
  // One id may come to several places of one object: the place is part of the identity there.
  return { stream, source: sender.principal, id: `${id}\n${stream}`, hash, body };
}

/** What must be the same when an id comes again at a place. */
const contentHash = (e: AlertInput): string => {
  const content = [e.type, e.timestamp, e.duration, e.severity ?? null, e.text ?? null, e.drill ?? false];
  return fingerprint(JSON.stringify(content)).toString(36);
};

export const sharesOf = (
  placed: PlacedAlert[],
  key: string,
  areaOf: (key: string) => string,
): Map<string, Share<AlertEvent>> =>
  shareOut(placed, { key, hash: "" }, ({ event }) => ({ owner: areaOf(event.stream), event }));

/** What one owner, or a spool in its stead, answered. */
export interface AlertsAnswered extends Answered<AlertEvent> {
  alertIds: (string | null)[];
  spooled: boolean;
}

export interface AlertsOutcome {
  body: PostedAlerts;
  /** Undefined when all is well. */
  problem?: Trouble;
}

/** One result per event and location, in the order sent. */
export function outcomeOf(placed: PlacedAlert[], answers: AlertsAnswered[]): AlertsOutcome {
  const results = new Array<AlertResult>(placed.length);
  for (const answered of answers) {
    answered.share.indexes.forEach((index, i) => {
      results[index] = resultOf(placed[index] as PlacedAlert, answered, i);
    });
  }
  const duplicates = results.filter((result) => result.duplicate).length;
  const stored = results.filter((result) => result.status !== "conflict" && result.status !== "unavailable").length;
  const isSpooled = results.some((result) => result.status === "spooled");
  const body = {
    accepted: stored - duplicates,
    duplicates,
    ...(isSpooled ? { spooled: true as const } : {}),
    results,
  };
  const problem = troubleOf(answers, (index) => `/${placed[index]?.alert ?? index}`);
  return problem === undefined ? { body } : { body, problem: inWords(problem, placed, answers) };
}

/** A ledger knows an id with all that makes it unique there; who sent it knows it as it was sent. */
function inWords(problem: Trouble, placed: PlacedAlert[], answers: AlertsAnswered[]): Trouble {
  if (problem.code !== "conflict") return problem;
  const conflicts = answers.flatMap(({ share, answer: { receipts } }) =>
    share.indexes.filter((_, i) => receipts[i]?.status === "conflict"),
  );
  const first = placed[conflicts[0] ?? -1]?.event.body;
  if (first === undefined) return problem;
  return { ...problem, detail: `The id ${first.event_id} came to ${first.location} before, with other content.` };
}

function resultOf({ event }: PlacedAlert, answered: AlertsAnswered, i: number): AlertResult {
  const { location, event_id } = event.body;
  const receipt = receiptOf(answered, i);
  const nowhere = { location, alert_id: null, event_id, epoch: null, seq: null };
  if (typeof receipt === "string") return { ...nowhere, duplicate: false, status: receipt };
  const { duplicate } = receipt;
  if (answered.spooled) return { ...nowhere, duplicate, status: "spooled" };
  const { epoch, seq } = receipt;
  const status = duplicate ? "duplicate" : "accepted";
  return { location, alert_id: answered.alertIds[i] ?? null, event_id, epoch, seq, duplicate, status };
}
