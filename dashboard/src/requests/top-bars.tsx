/* The ranking as bars that move to their new places. The order in the page is the order of the ranking, so that whoever
 * hears it hears it in order; only the picture moves. */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { TopK, TopRow } from "../../../src/domain/requests/answers";
import { count } from "../ui/format";
import { ABSENT, figureOf } from "./words";

const MOVES_MS = 450;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** From where each item was to where it is. */
function useMoves() {
  const list = useRef<HTMLOListElement>(null);
  const before = useRef(new Map<string, number>());
  useLayoutEffect(() => {
    const after = new Map<string, number>();
    for (const item of list.current?.children ?? []) {
      const { key = "" } = (item as HTMLElement).dataset;
      const top = (item as HTMLElement).offsetTop;
      const was = before.current.get(key);
      after.set(key, top);
      if (calm.matches || was === top || before.current.size === 0) continue;
      const from = was === undefined ? { opacity: 0 } : { transform: `translateY(${was - top}px)` };
      item.animate([from, {}], { duration: MOVES_MS, easing: "ease-out" });
    }
    before.current = after;
  });
  return list;
}

interface BarProps {
  row: TopRow;
  answer: TopK;
  most: number;
  isOpen: boolean;
  open(): void;
}

function Bar({ row, answer, most, isOpen, open }: BarProps) {
  const { metric, approximate } = answer;
  const isBounded = approximate && row.lower !== row.upper;
  return (
    <li class={isOpen ? "top-bar open" : "top-bar"} data-key={row.request_id}>
      <button type="button" aria-expanded={isOpen} onClick={open}>
        <span class="top-rank tabular muted">{row.rank}</span>
        <span class="top-key">{row.request_id}</span>
        <span class="top-value tabular">
          {figureOf(metric, row.metric_value)}
          {isBounded && (
            <span class="muted small">
              {" "}
              between {figureOf(metric, row.lower)} and {figureOf(metric, row.upper)}
            </span>
          )}
          {metric !== "frequency" && answer.dimension !== "request_id" && (
            <span class="muted small"> of {count(row.count)}</span>
          )}
        </span>
        <span class="top-track" aria-hidden="true">
          <span class="top-fill" style={{ width: `${most > 0 ? (100 * row.metric_value) / most : 0}%` }} />
        </span>
      </button>
    </li>
  );
}

export function TopBars({
  answer,
  opened,
  open,
}: {
  answer: TopK;
  opened: string | undefined;
  open(key: string): void;
}) {
  const list = useMoves();
  const most = Math.max(...answer.data.map(({ metric_value }) => metric_value));
  return (
    <>
      <ol class="top-bars" ref={list}>
        {answer.data.map((row) => (
          <Bar
            key={row.request_id}
            {...{ row, answer, most }}
            isOpen={row.request_id === opened}
            open={() => open(row.request_id)}
          />
        ))}
      </ol>
      {answer.absent !== undefined && <p class="nothing muted">{ABSENT[answer.absent]}</p>}
      {answer.approximate && (
        <p class="muted small">
          Approximate: more keys came than are counted one by one.
          {answer.unlisted_upper !== undefined &&
            ` Whatever is not listed has at most ${figureOf(answer.metric, answer.unlisted_upper)}.`}
        </p>
      )}
      {answer.metric === "p95" && !answer.approximate && answer.data.length > 0 && (
        <p class="muted small">Percentiles are known within 1 %.</p>
      )}
    </>
  );
}
