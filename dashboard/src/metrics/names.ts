/* The names of metrics: all pages of the list, read again while somebody looks at it. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { MetricList } from "../../../src/domain/telemetry/answers";
import { call } from "../api/client";
import type { Problem } from "../api/problem";
import { justBefore, type Metric } from "./names-search";

export const hrefOf = (name: string): string => `/metrics/${encodeURIComponent(name)}`;

const PAGE = 200;
/** More names are not listed by the page; whoever has them knows what they look for. */
const MOST_PAGES = 20;
const EVERY_MS = 5_000;

export interface Names {
  metrics: Metric[] | undefined;
  /** There are more. */
  isCut: boolean;
  problem: Problem | undefined;
}

async function readAll(signal: AbortSignal): Promise<Names> {
  const metrics: Metric[] = [];
  let cursor: string | null = "";
  for (let page = 0; page < MOST_PAGES && cursor !== null; page++) {
    const query = new URLSearchParams({ limit: String(PAGE), ...(cursor === "" ? {} : { cursor }) });
    const answer = await call<MetricList>(`/metrics?${query}`, { signal });
    if (!answer.ok) return { metrics: undefined, isCut: false, problem: answer.problem };
    metrics.push(...answer.value.metrics);
    cursor = answer.value.next_cursor;
  }
  return { metrics, isCut: cursor !== null, problem: undefined };
}

export function useNames(): { names: Signal<Names>; again(): void } {
  const names = useSignal<Names>({ metrics: undefined, isCut: false, problem: undefined });
  const turn = useSignal(0);
  useEffect(() => {
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      if (document.visibilityState === "visible") {
        const answer = await readAll(gone.signal);
        if (gone.signal.aborted) return;
        names.value = answer.metrics === undefined ? { ...names.peek(), problem: answer.problem } : answer;
      }
      timer = setTimeout(read, EVERY_MS);
    };
    void read();
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, [turn.value]);
  return { names, again: () => void turn.value++ };
}

/** One metric of the list; undefined where there is none. */
export async function readOne(name: string, signal: AbortSignal): Promise<Metric | undefined> {
  const cursor = justBefore(name);
  const query = new URLSearchParams({ limit: "1", ...(cursor === "" ? {} : { cursor }) });
  const answer = await call<MetricList>(`/metrics?${query}`, { signal });
  return answer.ok ? answer.value.metrics.find((metric) => metric.name === name) : undefined;
}
