/* One figure with its name, and a word beside it. Cards stand in a `<dl class="cards">`. */
import type { ComponentChildren } from "preact";

interface CardProps {
  label: string;
  value: ComponentChildren;
  children?: ComponentChildren;
  tone?: "bad";
  /** The value is what was heard last, and says nothing of now. */
  isOld?: boolean;
}

export function Card({ label, value, children, tone, isOld = false }: CardProps) {
  return (
    <div class={`card ${isOld ? "old" : (tone ?? "")}`}>
      <dt>{label}</dt>
      <dd>
        <span class="card-value tabular">{value}</span>
        <span class="card-more muted">{children}</span>
      </dd>
    </div>
  );
}
