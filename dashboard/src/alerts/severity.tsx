/* Severity, never by colour alone: a shape and a word beside it. */
import type { ComponentChildren } from "preact";
import type { Severity } from "../../../src/domain/alerts/severity";

const WORDS: Record<Severity, string> = {
  extreme: "Extreme",
  severe: "Severe",
  moderate: "Moderate",
  minor: "Minor",
  unknown: "Severity not given",
};

const BANG = <path d="M12 7.4v5.8M12 16.6v.01" />;

/** The worse, the more corners stand out. */
const SHAPES: Record<Severity, ComponentChildren> = {
  extreme: (
    <>
      <path d="M8 2.6h8L21.4 8v8L16 21.4H8L2.6 16V8z" fill="currentColor" stroke="currentColor" />
      <g class="cut">{BANG}</g>
    </>
  ),
  severe: (
    <>
      <path d="M12 3l9.6 17H2.4z" />
      <path d="M12 9.6v4.6M12 17v.01" />
    </>
  ),
  moderate: (
    <>
      <path d="M12 2.6L21.4 12 12 21.4 2.6 12z" />
      {BANG}
    </>
  ),
  minor: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M12 11v5.6M12 7.6v.01" />
    </>
  ),
  unknown: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M9.4 9.4a2.7 2.7 0 1 1 3.8 2.5c-.8.4-1.2 1-1.2 1.8M12 16.8v.01" />
    </>
  ),
};

/** A source may say what this page does not know: it is shown as it came. */
const wordOf = (severity: Severity): string => WORDS[severity] ?? severity;

export function SeverityMark({ severity }: { severity: Severity }) {
  return (
    <span class="severity">
      <svg class="severity-shape" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        {SHAPES[severity] ?? SHAPES.unknown}
      </svg>
      <span>{wordOf(severity)}</span>
    </span>
  );
}
