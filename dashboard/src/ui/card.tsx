/* One figure with its name, and a word beside it. Cards stand in a `<dl class="cards">`. */
import type { ComponentChildren } from "preact";

interface CardProps {
  label: string;
  value: ComponentChildren;
  children?: ComponentChildren;
  tone?: "bad";
}

export function Card({ label, value, children, tone }: CardProps) {
  return (
    <div class={`card ${tone ?? ""}`}>
      <dt>{label}</dt>
      <dd>
        <span class="card-value tabular">{value}</span>
        <span class="card-more muted">{children}</span>
      </dd>
    </div>
  );
}
