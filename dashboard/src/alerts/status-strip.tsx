/* Can what is shown be believed? Always in view: the connection, the last sign of life, since when this page watches. */
import { MINUTE_MS } from "../../../src/domain/units";
import { connection } from "../live/feed";
import { now, skew, time } from "../ui/clock";
import { age } from "../ui/format";
import { CatchingUpIcon, LiveIcon, StaleIcon, WarningIcon } from "../ui/icons";
import { lastSign } from "./life";
import { localMoment, localTime, localZone } from "./moments";
import { canaryAt, signs, silent } from "./store";
import { isCurrent, secondPath } from "./watch";

type Trust = "live" | "asking" | "waiting" | "lost";

function trust(): Trust {
  if (silent.value) return "lost";
  if (connection.value.state === "live") return "live";
  if (isCurrent.value) return "asking";
  return connection.value.state === "catching_up" ? "waiting" : "lost";
}

function Path({ state }: { state: Trust }) {
  const c = connection.value;
  if (state === "live") return <>Live</>;
  if (state === "asking") return <>No live connection: asking every 5 s, the second path</>;
  if (state === "waiting")
    return <>{c.state === "catching_up" && c.since !== undefined ? "Catching up" : "Connecting"}</>;
  if (c.state === "live") return <>Connected, but nothing arrives</>;
  return (
    <>{c.state !== "catching_up" && c.since !== undefined ? `Not live since ${localMoment(c.since)}` : "Not live"}</>
  );
}

const ICONS = { live: LiveIcon, asking: CatchingUpIcon, waiting: CatchingUpIcon, lost: StaleIcon };

function SignOfLife() {
  const at = lastSign(signs.value);
  if (at === undefined) return <span>no sign of life yet</span>;
  const ago = now.value - at;
  return (
    <span title={canaryAt.value === undefined ? undefined : `Last canary ${age(time.value - canaryAt.value)} ago`}>
      last sign of life <b class="tabular">{ago < 1_000 ? "now" : `${age(ago)} ago`}</b>
    </span>
  );
}

/** Only the state is announced: ages that are read aloud every second help nobody. */
export function StatusStrip() {
  const state = trust();
  const Icon = ICONS[state];
  const wrongBy = Math.round(Math.abs(skew.value) / MINUTE_MS) * MINUTE_MS;
  return (
    <div class={`status-strip ${state}`} data-trust={state}>
      <p class="status-path">
        <Icon />
        <span role="status">
          <Path state={state} />
        </span>
      </p>
      <p class="status-facts">
        <SignOfLife />
        <span class="wide-only">watching since {localTime(signs.value.since)}</span>
        <span class="wide-only">times in {localZone()}</span>
        {secondPath.value.isUsed && state !== "asking" && (
          <span class="status-bad">
            <WarningIcon /> the second path does not answer either
          </span>
        )}
        {wrongBy > 0 && <span>this device’s clock is {age(wrongBy)} off; times are corrected</span>}
      </p>
    </div>
  );
}
