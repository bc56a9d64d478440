/* The state of the connection, in the header of every page: an icon, a word, and since when. */
import { computed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { DAY_MS } from "../../../src/domain/units";
import { now, skew } from "../ui/clock";
import { age, clockTime } from "../ui/format";
import { CatchingUpIcon, LiveIcon, OfflineIcon, StaleIcon } from "../ui/icons";
import type { Connection } from "./connection";
import { connection, retryNow } from "./feed";

interface Face {
  icon: ComponentChildren;
  text: string;
  hint: string;
  /** Its text without the time of day. */
  brief?: string;
}

const since = (at: number): string =>
  `${clockTime(at + skew.value)}${Date.now() - at > DAY_MS ? `, ${age(Date.now() - at)} ago` : ""}`;

function faceOf(c: Connection): Face {
  switch (c.state) {
    case "live":
      return { icon: <LiveIcon />, text: "Live", hint: "What is shown is what is." };
    case "catching_up":
      return {
        icon: <CatchingUpIcon />,
        text: c.since === undefined ? "Connecting" : "Catching up",
        hint: c.since === undefined ? "Waiting for the first data." : "Connected; what was missed is on its way.",
      };
    case "stale":
      return {
        icon: <StaleIcon />,
        text: `Stale since ${since(c.since)}`,
        hint: "The connection is lost. What is shown is what was heard last.",
        brief: "Stale",
      };
    case "offline":
      return {
        icon: <OfflineIcon />,
        text: c.since === undefined ? "Offline" : `Offline since ${since(c.since)}`,
        hint: "The server cannot be reached from this device.",
        ...(c.since === undefined ? {} : { brief: "Offline" }),
      };
    default:
      return c satisfies never;
  }
}

const retryIn = computed(() => {
  const c = connection.value;
  if ((c.state !== "stale" && c.state !== "offline") || c.retryAt === undefined) return undefined;
  return Math.max(0, Math.ceil((c.retryAt - now.value) / 1_000));
});

/** Brief where the page itself says since when, in its own way.
 * Only the state itself is announced; the countdown beside it would make a screen reader count along. */
export function ConnectionBadge({ isBrief }: { isBrief: boolean }) {
  const face = faceOf(connection.value);
  const seconds = retryIn.value;
  return (
    <div class={`connection ${connection.value.state}`} data-connection={connection.value.state} title={face.hint}>
      {face.icon}
      <span role="status" aria-live="polite" class="connection-text">
        {isBrief ? (face.brief ?? face.text) : face.text}
        {face.brief !== undefined && !isBrief && <span class="utc"> UTC</span>}
      </span>
      {seconds !== undefined && (
        <button type="button" class="connection-retry" onClick={retryNow}>
          Retry{" "}
          <span class="seconds" aria-hidden="true">
            {seconds === 0 ? "now" : `in ${seconds} s`}
          </span>
        </button>
      )}
    </div>
  );
}
