/* No alert is shown: whether that means that none is active, and since when this page would know. */
import { roleMay } from "../../../src/domain/access/roles";
import { role } from "../access/session";
import { CheckIcon } from "../ui/icons";
import { KeyedCommand } from "../ui/keyed-command";
import { filter } from "./choices";
import { isEverything } from "./filter";
import { localTime } from "./moments";
import { isLoaded, refusal, signs, silent } from "./store";
import { isCurrent } from "./watch";

/** `timestamp` is filled in by the shell: the alert begins when the command is run. */
const commandWith = (key: string): string =>
  [
    `curl ${location.origin}/api/v1/alerts \\`,
    `  -H "Authorization: Bearer ${key}" \\`,
    `  -d '{"location":"Haifa","type":"Test","severity":"minor","drill":true,"timestamp":'$(date +%s000)',"duration":5}'`,
  ].join("\n");

function HowToPost() {
  if (role.value === undefined || !roleMay(role.value, "alerts:write")) return null;
  return (
    <details class="how-to">
      <summary>Post one to see it arrive</summary>
      <p>This is a drill: everybody who has this page open sees it, marked as one. It appears without a reload.</p>
      <KeyedCommand commandWith={commandWith} />
    </details>
  );
}

/** Calm is claimed only where the page would know of an alert. */
export function Quiet() {
  if (refusal.value !== undefined) return <Refused reason={refusal.value} />;
  if (!isLoaded.value) {
    return (
      <p class="quiet unsure" data-quiet="unknown">
        Nothing is known yet: waiting for the server.
      </p>
    );
  }
  if (!isCurrent.value || silent.value) {
    return (
      <p class="quiet unsure" data-quiet="unsure">
        No alert was active when this page last heard. It does not know about now.
      </p>
    );
  }
  const isFiltered = !isEverything(filter.value.value);
  return (
    <div class="quiet" data-quiet="sure">
      <p class="quiet-title">
        <CheckIcon />
        {isFiltered ? "No alert is active for what you chose" : "No alert is active"}
      </p>
      <p class="muted">
        Watching since {localTime(signs.value.since)}. {isFiltered && "Other places may have alerts: they are hidden. "}
        New alerts appear here by themselves.
      </p>
      <HowToPost />
    </div>
  );
}

function Refused({ reason }: { reason: string }) {
  return (
    <div class="quiet unsure" data-quiet="refused">
      <p class="quiet-title">This page cannot hear alerts</p>
      <p>
        {reason} <a href="/">Sign in</a> with a key that may.
      </p>
    </div>
  );
}
