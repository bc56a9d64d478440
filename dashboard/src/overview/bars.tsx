/* A small bar chart of one minute: shape only, the figure stands beside it. */
import { count } from "../ui/format";

const HEIGHT = 64;

export function Bars({ values, label }: { values: number[]; label: string }) {
  const top = Math.max(1, ...values);
  const step = 100 / values.length;
  return (
    <div class="bars">
      <svg
        viewBox={`0 0 100 ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: at most ${count(top)}, last ${count(values.at(-1) ?? 0)}.`}
      >
        {values.map((value, i) => {
          const height = value === 0 ? 1 : Math.max(2, (value / top) * HEIGHT);
          return (
            <rect
              key={i}
              class={value === 0 ? "bar zero" : "bar"}
              x={i * step + step * 0.14}
              width={step * 0.72}
              y={HEIGHT - height}
              height={height}
            />
          );
        })}
      </svg>
      <div class="bars-axis muted small" aria-hidden="true">
        <span>1 min ago</span>
        <span>{values.some((value) => value > 0) ? `most ${count(top)}` : "nothing arrived"}</span>
        <span>now</span>
      </div>
    </div>
  );
}
