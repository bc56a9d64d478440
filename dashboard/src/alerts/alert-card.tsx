/* One alert, to be read from across a room: where, what, how long still. */
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { roleMay } from "../../../src/domain/access/roles";
import { role } from "../access/session";
import { time } from "../ui/clock";
import { age, count } from "../ui/format";
import { toCancel } from "./cancel-dialog";
import { isRightToLeft } from "./direction";
import { countDown, localSpan } from "./moments";
import { SeverityMark } from "./severity";
import type { Shown } from "./shown";
import { Types } from "./types";
import { isCurrent } from "./watch";

export const hrefOf = (id: string): string => `/alerts/${encodeURIComponent(id)}`;

export function CountDown({ alert }: { alert: Shown }) {
  const isUpcoming = alert.state === "upcoming";
  const left = countDown((isUpcoming ? alert.start : alert.end) - time.value);
  return (
    <p class="alert-clock">
      {isUpcoming && <span class="alert-clock-word">starts in</span>}
      <span class="countdown" role="timer">
        {left}
      </span>
      {!isUpcoming && <span class="alert-clock-word">left</span>}
    </p>
  );
}

export function CancelButton({ alert }: { alert: Shown }) {
  if (role.value === undefined || !roleMay(role.value, "alerts:cancel") || alert.state === "closed") return null;
  return (
    <button
      type="button"
      class="button small above"
      onClick={() => {
        toCancel.value = alert;
      }}
    >
      Cancel
      <span class="visually-hidden"> the alert for {alert.location}</span>
    </button>
  );
}

/** How many, marked for a moment when there are more. */
function Count({ alert }: { alert: Shown }) {
  const first = useRef(alert.count);
  const hasGrown = alert.count > first.current;
  return (
    <span class="alert-count tabular">
      {/* The key starts the highlight anew each time it grows. */}
      <span key={alert.count} class={hasGrown ? "count-figure grown" : "count-figure"}>
        {count(alert.count)}
      </span>{" "}
      {alert.count === 1 ? "event" : "events"}
    </span>
  );
}

function Latest({ alert }: { alert: Shown }) {
  if (alert.eventAt === undefined) return null;
  const ago = time.value - alert.eventAt;
  return <span>last event {ago < 1_000 ? "just now" : `${age(ago)} ago`}</span>;
}

function Band({ alert }: { alert: Shown }) {
  return (
    <div class="alert-band">
      {alert.drill && <strong class="drill-word">DRILL</strong>}
      <SeverityMark severity={alert.severity} />
      <Count alert={alert} />
    </div>
  );
}

interface AlertCardProps {
  alert: Shown;
  /** Of its heading: 3 among the cards of a section. */
  level?: 2 | 3;
  children?: ComponentChildren;
}

export function AlertCard({ alert, level = 3, children }: AlertCardProps) {
  const Heading = `h${level}` as const;
  const first = useRef(alert.revision);
  const isOld = !isCurrent.value;
  const classes = ["alert-card", `severity-${alert.severity}`, alert.state];
  if (alert.drill) classes.push("drill");
  if (isOld) classes.push("old");
  if (isRightToLeft(alert.location)) classes.push("rtl");
  return (
    <article
      class={classes.join(" ")}
      data-alert={alert.id}
      data-state={alert.state}
      aria-labelledby={`place-${alert.id}`}
    >
      {alert.revision > first.current && <span key={alert.revision} class="card-glow" aria-hidden="true" />}
      <Band alert={alert} />
      <div class="alert-body">
        <Heading class="alert-place" dir="auto" id={`place-${alert.id}`}>
          <a class="alert-link" href={hrefOf(alert.id)}>
            {alert.location}
          </a>
        </Heading>
        <p class="alert-type">
          <Types alert={alert} />
        </p>
        {alert.text !== undefined && (
          <p class="alert-text" dir="auto">
            {alert.text}
          </p>
        )}
        <CountDown alert={alert} />
        <p class="alert-times tabular">
          <span>{localSpan(alert.start, alert.end, time.value)}</span>
          <Latest alert={alert} />
          {isOld && <span class="old-mark">not live</span>}
        </p>
        <CancelButton alert={alert} />
        {children}
      </div>
    </article>
  );
}
