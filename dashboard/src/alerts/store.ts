/* What this page knows of alerts, for components: the fold of everything heard, on both paths, and how sure it is. */
import { batch, computed, effect, signal } from "@preact/signals";
import type { AlertData, AlertsSnapshot, ALERTS_TOPIC as Topic } from "../../../src/domain/alerts/alert";
import type { AlertFeed } from "../../../src/domain/alerts/answers";
import { AlertsView } from "../../../src/domain/alerts/view";
import type { Frame } from "../../../src/domain/frame";
import { key } from "../access/session";
import { type Problem, sentenceOf } from "../api/problem";
import { follow, listen, narrow } from "../live/feed";
import { now, serverNow, setClock, skew, tellTime, time } from "../ui/clock";
import { paced } from "../ui/paced";
import { announce } from "./announce";
import { Bell } from "./bell";
import { filter } from "./choices";
import { passesOf, termsOf } from "./filter";
import { isSilent, type Signs } from "./life";
import { framesOf, type Shown, sectionsOf, shownOf } from "./shown";

export const TOPIC: typeof Topic = "alerts";
/** Closed ones that stay in memory; older ones are in the history. */
const MAX_CLOSED = 300;
/** While frames come in crowds, the picture changes so often. */
const DRAW_EVERY_MS = 200;

const view = new AlertsView();
const bell = new Bell();
const texts = new Map<string, string>();
/** Grows with every change of the view, which is no signal itself. */
const version = signal(0);

export const signs = signal<Signs>({ since: Date.now(), live: undefined, second: undefined, wokeAt: undefined });
/** The whole picture was heard at least once, on either path. */
export const isLoaded = signal(false);
/** This installation does not let this page hear alerts, and why. */
export const refusal = signal<string | undefined>(undefined);
export const canaryAt = signal<number | undefined>(undefined);
export const silent = computed(() => isSilent(signs.value, now.value));

const passes = computed(() => passesOf(filter.value.value));

function shownAt(at: number): Shown[] {
  const wanted = [...view.alerts.values()].filter(passes.value);
  return wanted.map((alert) => shownOf(alert, at, texts.get(alert.alert_id)));
}

/** Everything that passes the filter, real alerts and drills. */
export const shown = computed(() => {
  void version.value;
  return shownAt(time.value);
});
export const real = computed(() => sectionsOf(shown.value, false));
export const drills = computed(() => sectionsOf(shown.value, true));

/** A filter that lets more pass shows alerts that are new here and not new: whoever chooses looks. */
const CHOOSING_MS = 5_000;
let choseAt = 0;

/** A refusal is told at once by whoever meets it first; any other problem may pass. */
export function noteRefusal(problem: Problem): void {
  if (problem.status === 401 && key.peek() === undefined) refusal.value = "They are shared with those who have a key.";
  else if (problem.status === 401 || problem.status === 403) refusal.value = sentenceOf(problem);
}

/** How many parts of the page want to hear alerts. */
const watchers = signal(0);
export const isWatching = computed(() => watchers.value > 0);

/** After a picture of everything: tell what is new. Not by a frame of the screen, which a page in the background has none of. */
function changed(): void {
  const alerts = shownAt(serverNow());
  const isFirst = !isLoaded.peek();
  const { since } = signs.peek();
  if (Date.now() - choseAt < CHOOSING_MS) bell.settle(alerts);
  else if (isFirst) bell.settle(alerts.filter(({ newsAt }) => newsAt - skew.peek() < since));
  batch(() => {
    isLoaded.value = true;
    draw();
  });
  announce(bell.hear(alerts));
}

/** After a frame. A country is warned by thousands of them within a second: what is new is told with each, at once, but
 * looking through everything with each would keep the page from showing any. */
function changedOne(id: string): void {
  if (!isLoaded.peek()) {
    changed();
    return;
  }
  const data = view.alerts.get(id);
  if (data !== undefined && passes.peek()(data)) {
    const alert = shownOf(data, serverNow(), texts.get(id));
    if (Date.now() - choseAt < CHOOSING_MS) bell.settle([alert]);
    announce(bell.hearSome([alert]));
  }
  drawSoon();
}

function draw(): void {
  forgetOldest();
  batch(() => {
    setClock();
    version.value++;
  });
}
const drawSoon = paced(draw, DRAW_EVERY_MS);

function forgetOldest(): void {
  const closed = [...view.alerts.values()].filter((alert) => alert.event_type === "close");
  if (closed.length <= MAX_CLOSED) return;
  closed.sort((a, b) => Date.parse(a.accepted_at) - Date.parse(b.accepted_at));
  for (const { alert_id } of closed.slice(0, closed.length - MAX_CLOSED)) {
    view.alerts.delete(alert_id);
    texts.delete(alert_id);
  }
}

function heard(at: number): void {
  if (at > (signs.peek().live ?? 0)) signs.value = { ...signs.peek(), live: at };
}

/** Of the last snapshot: the newest sign of life in it, by the server's clock. */
let snapshotSign = 0;

function heardOfSnapshot(): void {
  if (snapshotSign > 0) heard(Math.min(Date.now(), snapshotSign - skew.peek()));
}

function sawCanary(at: number): void {
  canaryAt.value = Math.max(canaryAt.peek() ?? 0, at);
}

function take(frame: Pick<Frame, "type" | "data">): boolean {
  const { alert_id, text } = (frame.data ?? {}) as { alert_id?: string; text?: string };
  if (alert_id !== undefined && text !== undefined) texts.set(alert_id, text);
  return view.take(frame);
}

/** A snapshot proves that the hub lives; that alerts come through, only the canary in it does. */
function takeSnapshot(data: AlertsSnapshot): void {
  view.reset(data);
  for (const alert of data.alerts) take({ type: alert.event_type, data: alert });
  const times = [data.canary_at, ...data.alerts.map((alert) => alert.accepted_at)];
  snapshotSign = Math.max(...times.map((time) => (time === null ? 0 : Date.parse(time))));
  if (data.canary_at !== null) sawCanary(Date.parse(data.canary_at));
  heardOfSnapshot();
  changed();
}

/** What the second path says. */
export function takeFeed(feed: AlertFeed, sentAt: number, heardAt: number): void {
  tellTime(Date.parse(feed.as_of), sentAt, heardAt);
  for (const frame of framesOf(feed)) take(frame);
  if (feed.canary_at !== null) {
    const at = Date.parse(feed.canary_at);
    sawCanary(at);
    signs.value = { ...signs.peek(), second: Math.min(heardAt, at - skew.peek()) };
  }
  changed();
}

/** Once a second, in the background as often as the browser lets: an upcoming alert begins. */
export function lookAgain(): void {
  if (isLoaded.peek()) announce(bell.hear(shownAt(serverNow())));
}

/** Going from one page of alerts to the next one must not look like having gone away. */
const LINGER_MS = 1_000;

/** Hears alerts until the returned function is called. */
export function watch(): () => void {
  const stop = follow([TOPIC]);
  if (watchers.peek() === 0) signs.value = { since: Date.now(), live: undefined, second: undefined, wokeAt: undefined };
  watchers.value = watchers.peek() + 1;
  const leave = () => {
    stop();
    watchers.value = watchers.peek() - 1;
  };
  return () => void setTimeout(leave, LINGER_MS);
}

/** Wires the domain to the live connection. Called once, by the page's entry. */
export function startAlerts(): void {
  listen({
    prefix: TOPIC,
    snapshot: (message) => takeSnapshot(message.data as AlertsSnapshot),
    frame(frame, at) {
      heard(at);
      if (take(frame)) {
        if (frame.type === "canary") sawCanary(Date.parse(view.canaryAt ?? frame.at));
        else changedOne((frame.data as AlertData).alert_id);
      }
    },
    unfollowed: () => {},
    refused() {
      refusal.value = "This key may not hear alerts.";
      return true;
    },
  });
  effect(() => {
    void skew.value;
    heardOfSnapshot();
  });
  effect(() => {
    narrow(TOPIC, termsOf(filter.value.value));
    if (!isLoaded.peek()) return;
    choseAt = Date.now();
    bell.settle(shownAt(serverNow()));
  });
  // Whoever is signed in is warned on every page; whoever is not, on the pages of alerts (see frame.tsx).
  effect(() => {
    refusal.value = undefined;
    return key.value === undefined ? undefined : watch();
  });
}
