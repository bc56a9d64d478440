/* The look of a node, never by colour alone: a shape, and a word beside it. */
import type { ComponentChildren } from "preact";
import { LOOK_WORDS, type Look } from "./look";

const SHAPES: Record<Look, ComponentChildren> = {
  up: <circle cx="12" cy="12" r="6.5" fill="currentColor" />,
  degraded: (
    <>
      <circle cx="12" cy="12" r="8" />
      <path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor" />
    </>
  ),
  suspect: (
    <>
      <path d="M12 2.5L21.5 12 12 21.5 2.5 12z" />
      <path d="M12 7.5v5.2M12 16v.01" />
    </>
  ),
  down: (
    <>
      <path d="M8 2.6h8L21.4 8v8L16 21.4H8L2.6 16V8z" fill="currentColor" />
      <path class="cut" d="M8.6 8.6l6.8 6.8M15.4 8.6l-6.8 6.8" />
    </>
  ),
  flapping: <path d="M8 20V5M3.5 9.5L8 4.5l4.5 5M16 4v15M11.5 14.5l4.5 5 4.5-5" />,
  maintenance: (
    <path d="M14.5 6.8a4.8 4.8 0 0 1 6-3.2L17 7l.8 2.2 2.2.8 3-3.2a4.8 4.8 0 0 1-6.6 6L8 21a2.2 2.2 0 0 1-3.6-2.8l8-8a4.8 4.8 0 0 1 2.1-3.4z" />
  ),
  stopped: <rect x="5" y="5" width="14" height="14" rx="1.5" />,
  new: <circle cx="12" cy="12" r="8" stroke-dasharray="3.4 2.9" />,
};

export const LookShape = ({ look }: { look: Look }) => (
  <svg class="look-shape" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    {SHAPES[look]}
  </svg>
);

export function LookMark({ look }: { look: Look }) {
  return (
    <span class={`look look-${look}`}>
      <LookShape look={look} />
      <span>{LOOK_WORDS[look]}</span>
    </span>
  );
}
