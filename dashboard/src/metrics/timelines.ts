/* The timelines of a view, kept up to date while somebody looks and its range ends now: the newest buckets every two
 * seconds, all of them from time to time, since late samples change old ones. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { RESOLUTIONS } from "../../../src/domain/bucket";
import type { Timeline } from "../../../src/domain/telemetry/answers";
import { call, segment } from "../api/client";
import { onLiveAgain } from "../live/feed";
import { serverNow, tellTime } from "../ui/clock";
import { EMPTY, pointsOf, type SeriesState, spliced, tailFrom } from "./readings";
import { isNow, resolutionOf, spanOf, type View } from "./view";

const EVERY_MS = 2_000;
const WHOLE_EVERY_MS = 30_000;
/** A reading of thousands of buckets is some megabytes. */
const LARGE = 2_000;
const LARGE_EVERY_MS = 180_000;
const RAW_LIMIT = 2_000;

async function read(name: string, filter: string, view: View, before: SeriesState, signal: AbortSignal) {
  const resolution = resolutionOf(view);
  const span = spanOf(view, serverNow());
  const width = resolution === "raw" ? 0 : RESOLUTIONS[resolution];
  const every = before.points.length > LARGE ? LARGE_EVERY_MS : WHOLE_EVERY_MS;
  const tail = Date.now() - before.wholeAt < every && resolution !== "day" ? tailFrom(before, resolution) : undefined;
  const query = new URLSearchParams({ resolution, from: new Date(Math.max(span.from, tail ?? 0)).toISOString() });
  if (!isNow(view)) query.set("to", new Date(span.to).toISOString());
  if (filter !== "") query.set("labels", filter);
  if (resolution === "raw") query.set("limit", String(RAW_LIMIT));
  else if (resolution !== "minute") query.set("zone", view.zone);
  const sentAt = Date.now();
  const answer = await call<Timeline>(`/metrics/${segment(name)}?${query}`, { signal });
  if (!answer.ok) return { ...before, problem: answer.problem };
  const { value, at } = answer;
  const points = pointsOf(value.points);
  tellTime(Date.parse(value.as_of), sentAt, at);
  const all = tail === undefined ? points : spliced(before.points, tail, points, span.from - width);
  const wholeAt = tail === undefined ? Date.now() : before.wholeAt;
  return {
    points: resolution === "raw" ? all.slice(-RAW_LIMIT) : all,
    series: Math.max(value.series, tail === undefined ? 0 : before.series),
    ...{ asOf: Date.parse(value.as_of), at, wholeAt, problem: undefined },
    completeFrom: value.complete_from === undefined ? undefined : Date.parse(value.complete_from),
    isCut: resolution === "raw" && all.length >= RAW_LIMIT,
    unavailable: value.unavailable?.length ?? 0,
  } satisfies SeriesState;
}

const spanKey = (view: View): string => JSON.stringify([view.range, resolutionOf(view), view.zone]);

type States = ReadonlyMap<string, SeriesState>;
const NONE: States = new Map();

/** @returns states of the view's series; one that is missing has not been answered yet. */
export function useTimelines(name: string, view: View): States {
  const key = `${name} ${spanKey(view)}`;
  const state = useSignal({ key, states: NONE });
  const filters = JSON.stringify(view.series);
  useEffect(() => {
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isReading = false;
    if (state.peek().key !== key) state.value = { key, states: NONE };
    const round = async () => {
      clearTimeout(timer);
      if (isReading || document.visibilityState !== "visible") return;
      isReading = true;
      const known = state.peek().states;
      const pairs = view.series.map(async (filter): Promise<[string, SeriesState]> => {
        return [filter, await read(name, filter, view, known.get(filter) ?? EMPTY, gone.signal)];
      });
      const states = new Map(await Promise.all(pairs));
      isReading = false;
      if (gone.signal.aborted) return;
      state.value = { key, states };
      const isWrong = [...states.values()].some(({ problem }) => problem !== undefined);
      if (isNow(view) || isWrong) timer = setTimeout(round, EVERY_MS);
    };
    const again = () => void round();
    const stop = onLiveAgain(again);
    document.addEventListener("visibilitychange", again);
    again();
    return () => {
      gone.abort();
      clearTimeout(timer);
      stop();
      document.removeEventListener("visibilitychange", again);
    };
  }, [key, filters]);
  // What was read for another view is never shown as this one.
  return state.value.key === key ? state.value.states : NONE;
}
