/* Tells a person what is new, in every way they have allowed: by sound, by the system, and to a screen reader. */
import { signal } from "@preact/signals";
import { gravest, patternOf } from "./bell";
import { wantsDrills } from "./choices";
import { localTime } from "./moments";
import { notify } from "./notification";
import type { Shown } from "./shown";
import { play } from "./sound";

/** A sound takes as long: what comes meanwhile is told by it as well. */
const ONE_SOUND_MS = 2_000;
const MOST_NAMED = 6;

/** For a live region: read aloud when it changes. */
export const spoken = signal("");
let soundedAt = 0;

export const typesOf = ({ type, types }: Pick<Shown, "type" | "types">): string =>
  types.length > 1 ? `${type}: ${types.join(", ")}` : type;

function sentenceOf(alert: Shown): string {
  const until = alert.state === "upcoming" ? `from ${localTime(alert.start)}` : `until ${localTime(alert.end)}`;
  return `${alert.drill ? "DRILL, " : ""}${alert.location}: ${typesOf(alert)}, ${alert.severity}, ${until}`;
}

export function announce(news: readonly Shown[]): void {
  const wanted = news.filter((alert) => !alert.drill || wantsDrills.value.peek());
  const worst = gravest(wanted);
  if (worst === undefined) return;
  const lines = wanted.map(sentenceOf);
  const rest = lines.length - MOST_NAMED;
  const body = [...lines.slice(0, MOST_NAMED), ...(rest > 0 ? [`and ${rest} more`] : [])].join("\n");
  spoken.value = body;
  notify({
    title: worst.drill ? `DRILL: ${typesOf(worst)}` : typesOf(worst),
    body,
    tag: `tidings-alert-${worst.id}`,
    stays: !worst.drill,
  });
  if (Date.now() - soundedAt < ONE_SOUND_MS) return;
  soundedAt = Date.now();
  void play(patternOf(worst));
}
