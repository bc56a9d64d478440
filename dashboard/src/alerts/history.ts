/* What is over: pages of the stored history, and what closed while this page watched. */
import { computed, effect, signal } from "@preact/signals";
import type { AlertList } from "../../../src/domain/alerts/answers";
import { placesText } from "../../../src/domain/alerts/place-list";
import { call } from "../api/client";
import type { Problem } from "../api/problem";
import { onLiveAgain } from "../live/feed";
import { tellTime, time } from "../ui/clock";
import { filter } from "./choices";
import { passesOf, termsOf } from "./filter";
import { frameDataOf, type Shown, sectionsOf, shownOf } from "./shown";
import { noteRefusal, shown } from "./store";

const PAGE = 20;

interface Stored {
  alerts: Shown[];
  /** Undefined before the first answer, null when there is no more. */
  next: string | null | undefined;
  problem: Problem | undefined;
  isBusy: boolean;
}
const NOTHING: Stored = { alerts: [], next: undefined, problem: undefined, isBusy: false };

export const history = signal<Stored>(NOTHING);
/** Answers to an earlier question are dropped. */
let question = 0;

/** Places go to the server, so that a page of the history is a page of what is shown. */
function placesOf(): string | undefined {
  const places = termsOf(filter.value.peek())?.locations;
  return places === undefined ? undefined : placesText(places);
}

async function read(cursor: string | undefined): Promise<void> {
  const mine = ++question;
  const sentAt = Date.now();
  history.value = { ...history.peek(), isBusy: true };
  const query = new URLSearchParams({ state: "closed", limit: String(PAGE) });
  const places = placesOf();
  if (places !== undefined) query.set("location", places);
  if (cursor !== undefined) query.set("cursor", cursor);
  const answer = await call<AlertList>(`/alerts?${query}`);
  if (mine !== question) return;
  if (!answer.ok) {
    noteRefusal(answer.problem);
    history.value = { ...history.peek(), problem: answer.problem, isBusy: false };
    return;
  }
  tellTime(Date.parse(answer.value.as_of), sentAt, answer.at);
  const now = Date.parse(answer.value.as_of);
  const page = answer.value.alerts.map((alert) => shownOf(frameDataOf(alert), now));
  const before = cursor === undefined ? [] : history.peek().alerts;
  history.value = { alerts: [...before, ...page], next: answer.value.next_cursor, problem: undefined, isBusy: false };
}

export const loadMore = (): Promise<void> => read(history.peek().next ?? undefined);
export const loadAgain = (): Promise<void> => read(undefined);

/** Reads the history while it is shown: at first, for another filter, and after an outage. Returns how to stop. */
export function keepHistory(): () => void {
  const stopReading = effect(() => {
    void filter.value.value;
    void read(undefined);
  });
  const stopListening = onLiveAgain(() => void loadAgain());
  return () => {
    question++;
    stopReading();
    stopListening();
  };
}

/** Both sources, each alert once, as its latest revision says; what is open again is not over. */
const merged = computed(() => {
  const byId = new Map<string, Shown>();
  const passes = passesOf(filter.value.value);
  for (const alert of history.value.alerts) {
    const { severity } = alert;
    if (passes({ location: alert.location, severity, aggregate: { severity } as never })) byId.set(alert.id, alert);
  }
  for (const alert of shown.value) {
    const known = byId.get(alert.id);
    if (known === undefined || alert.revision >= known.revision) byId.set(alert.id, alert);
  }
  return [...byId.values()].map((alert) => (alert.end <= time.value ? { ...alert, state: "closed" as const } : alert));
});

export const past = computed(() => sectionsOf(merged.value, false).closed);
export const pastDrills = computed(() => sectionsOf(merged.value, true).closed);
