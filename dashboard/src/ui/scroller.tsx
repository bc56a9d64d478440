/* A region that scrolls by itself, for tables that are wider or longer than their place. */
import type { ComponentChildren } from "preact";

interface ScrollerProps {
  /** What is in it. */
  label: string;
  class?: string;
  children: ComponentChildren;
}

export function Scroller({ label, class: className = "scroll", children }: ScrollerProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section class={className} tabIndex={0} aria-label={`${label}, scrollable`}>
      {children}
    </section>
  );
}
