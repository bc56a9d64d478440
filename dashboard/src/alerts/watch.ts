/* Once a second: do alerts still arrive, and if not over the socket, then by asking. The second path reads what was stored
 * and shares nothing with the first one but the network. */
import { computed, signal } from "@preact/signals";
import type { AlertFeed } from "../../../src/domain/alerts/answers";
import { call } from "../api/client";
import { connection } from "../live/feed";
import { ASK_EVERY_MS, hasSlept, isAskDue, isSilent, needsSecondPath, type SecondPathFacts } from "./life";
import { localMoment } from "./moments";
import { notify } from "./notification";
import { isLoaded, isWatching, lookAgain, noteRefusal, refusal, signs, takeFeed } from "./store";

/** `answeredAt`: when the last answer came; undefined while none of this outage has come. */
export const secondPath = signal<{ isUsed: boolean; answeredAt: number | undefined }>({
  isUsed: false,
  answeredAt: undefined,
});
/** The second path answers: what is shown is at most some seconds old. */
const isAsking = computed(() => secondPath.value.isUsed && secondPath.value.answeredAt !== undefined);
/** What is shown is what is, by either path. */
export const isCurrent = computed(() => isLoaded.value && (connection.value.state === "live" || isAsking.value));

let notLiveSince: number | undefined;
let lastAskedAt: number | undefined;
let lastTick = Date.now();
let wasSilent = false;

async function ask(sentAt: number): Promise<void> {
  lastAskedAt = sentAt;
  const answer = await call<AlertFeed>("/alerts/feed.json", { signal: AbortSignal.timeout(ASK_EVERY_MS) });
  if (answer.ok) {
    refusal.value = undefined;
    takeFeed(answer.value, sentAt, answer.at);
    secondPath.value = { isUsed: true, answeredAt: answer.at };
  } else {
    secondPath.value = { isUsed: true, answeredAt: undefined };
    noteRefusal(answer.problem);
  }
}

function tellSilence(now: number): void {
  const silent = isSilent(signs.peek(), now);
  if (silent && !wasSilent) {
    const since = localMoment(signs.peek().live ?? signs.peek().since);
    notify({
      title: "Alerts may not be reaching you",
      body: `Nothing was heard since ${since}. Use another source.`,
      tag: "tidings-silence",
      stays: true,
    });
  }
  wasSilent = silent;
}

function tick(): void {
  const now = Date.now();
  if (hasSlept(lastTick, now)) signs.value = { ...signs.peek(), wokeAt: now };
  lastTick = now;
  if (connection.peek().state === "live") notLiveSince = undefined;
  else notLiveSince ??= now;
  const facts: SecondPathFacts = { notLiveSince, signs: signs.peek(), lastAskedAt };
  if (isAskDue(facts, now)) void ask(now);
  else if (!needsSecondPath(facts, now) && secondPath.peek().isUsed) {
    secondPath.value = { isUsed: false, answeredAt: undefined };
  }
  tellSilence(now);
  lookAgain();
}

/** Called once, by the page's entry. While nobody wants to hear alerts nothing is asked. */
export function startWatch(): void {
  setInterval(() => {
    if (isWatching.peek()) tick();
  }, 1_000);
}
