/* AlertArea: one object per place, or per partition of places; named by partitionOf(the place's key); woken by alerts, and
 * by one alarm (the end of an aggregate, frames that topic `alerts` does not have yet, the outbox, and in the object
 * `~canary` the canary). What alerts make together is domain/alerts/area.ts. */

import { ALERTS_TOPIC, type AlertCommand, type AlertData, CANARY_LOCATION } from "../domain/alerts/alert";
import { type AlertFact, type AreaState, areaOf, IDENTITY_MS, isBeating } from "../domain/alerts/area";
import { type AlertPart, type AreaPart, history } from "../domain/alerts/part";
import type { Cursor } from "../domain/event";
import type { AppendAnswer, AppendRequest, Receipt } from "../domain/ledger/append";
import type { Entry, Output } from "../domain/ledger/reducer";
import { settingsOf } from "../domain/settings";
import { registerObject } from "../storage/queries/registry";
import { Ledger } from "./ledger/ledger";
import { LedgerObject } from "./ledger-object";
import { archived, surroundings } from "./surroundings";

/** Frames of a crashed object are looked after so soon. */
const REPAIR_MS = 2_000;

/** As many as a request can open, a few times over. */
const OPENED_MAX = 5_000;

const placeOf = ({ stream, epoch, seq }: { stream: string; epoch: string; seq: number }): string =>
  `${epoch}:${seq} ${stream}`;

/** The answer to an append, and for each event the alert that it opened. */
export type AlertAnswer = AppendAnswer & { alert_ids: (string | null)[] };

export class AlertArea extends LedgerObject<AreaState, AlertCommand, AlertFact> {
  readonly #name = this.ctx.id.name ?? "";
  /** Which alert an entry opened, for the answers to its request; an older one is read from the log. */
  readonly #opened = new Map<string, string>();
  /** The canary says nothing that anybody wants to know later. */
  readonly #outputs: Output<AlertFact>[] = [
    { ...history, parts: (entry) => this.#note(entry) },
    ...(this.#name === CANARY_LOCATION ? [] : [archived(this.env)]),
  ];
  protected readonly ledger = new Ledger<AreaState, AlertCommand, AlertFact>(this.ctx, {
    ...surroundings(this.ctx, this.env, "AlertArea"),
    reducer: areaOf(settingsOf(this.env).ALERT_GRACE_MS),
    outputs: this.#outputs,
    // Whoever polls waits for these: they leave at once.
    delayMs: 0,
    repairMs: REPAIR_MS,
    identityMs: IDENTITY_MS,
    followers: [`topic:${ALERTS_TOPIC}`],
    introduce: (births) => registerObject(this.env.DB, "AlertArea", this.#name, births[0]?.epoch ?? "", Date.now()),
  });

  async append(request: AppendRequest<AlertCommand>): Promise<AlertAnswer> {
    const answer = await this.ledger.append(request);
    return { ...answer, alert_ids: this.#openedBy(answer.receipts) };
  }

  #note(entry: Entry<AlertFact>): unknown[] {
    const { data } = entry;
    if (data.event_type === "open") this.#opened.set(placeOf(entry), data.alert_id);
    for (const oldest of this.#opened.keys()) {
      if (this.#opened.size <= OPENED_MAX) break;
      this.#opened.delete(oldest);
    }
    return history.parts(entry);
  }

  /** As the frame of each event says; null when that is no longer kept. */
  #openedBy(receipts: readonly Receipt[]): (string | null)[] {
    const places = receipts.map(({ stream, epoch, seq }) => ({ stream, epoch: epoch ?? "", seq: seq ?? 0 }));
    const noted = places.map((place) => this.#opened.get(placeOf(place)));
    const forgotten = places.filter(({ seq }, i) => seq > 0 && noted[i] === undefined);
    const read = this.ledger.framesAt(forgotten).map((frame) => {
      return frame === undefined ? null : (JSON.parse(frame) as { data: AlertData }).data.alert_id;
    });
    const found = new Map(forgotten.map((place, i) => [place, read[i] ?? null]));
    return places.map((place, i) => noted[i] ?? found.get(place) ?? null);
  }

  /** What D1 at cursor `from` does not have yet. Null when D1 is further by now: read it again. */
  async partsAfter(from: Cursor): Promise<AlertPart[] | null> {
    const parts = (await this.ledger.partsAfter("alerts", from)) as AreaPart[] | undefined;
    return parts?.filter((part) => part.kind === "alert") ?? null;
  }

  /** Begins the canary; from then on it keeps itself going. Were its alarm ever lost, or the clock set back, it goes on with this
   * call. */
  async startCanary(): Promise<void> {
    const body: AlertCommand = { type: "canary", location: CANARY_LOCATION };
    const stream = await this.ledger.stream(CANARY_LOCATION);
    if (stream !== undefined && isBeating(stream.state, Date.now())) return this.ledger.runDueDuties();
    await this.ledger.append({
      key: crypto.randomUUID(),
      hash: "",
      events: [{ stream: CANARY_LOCATION, source: CANARY_LOCATION, body }],
    });
  }
}
