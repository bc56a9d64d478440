/* The live table. Only rows in view exist and only they are followed, so ten thousand symbols cost what forty do. */
import { signal, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { isLive } from "../live/connection";
import { connection, follow } from "../live/feed";
import { EmptyPage } from "../overview/empty-page";
import { now } from "../ui/clock";
import { count } from "../ui/format";
import { Loading, Notice } from "../ui/notice";
import { usePageTitle } from "../ui/page-title";
import { SearchField } from "../ui/search-field";
import { CHANGE_HINT, Row } from "./row";
import { isDelayedList, symbols, ticks, topicOf } from "./store";

/** Must equal --row in prices.css: rows outside the view are space of this height. */
const ROW_PX = 45;
/** Rows above and below the view that are kept ready. Two screens of 4K stay below the 200 topics of a socket. */
const SPARE = 8;
const MOST_ROWS = 150;

/** Kept while one visits a symbol and comes back. */
const filter = signal("");

interface Range {
  from: number;
  to: number;
}

/** Which rows of a list that begins at the element's top are in the window's view. */
function useRowsInView(total: number) {
  const body = useRef<HTMLTableSectionElement>(null);
  const range = useSignal<Range>({ from: 0, to: Math.min(total, 40) });
  useLayoutEffect(() => {
    let waiting = false;
    const measure = () => {
      waiting = false;
      const top = body.current?.getBoundingClientRect().top ?? 0;
      const from = Math.max(0, Math.floor(-top / ROW_PX) - SPARE);
      const to = Math.min(total, from + MOST_ROWS, Math.ceil((innerHeight - top) / ROW_PX) + SPARE);
      const { from: f, to: t } = range.peek();
      if (from !== f || to !== t) range.value = { from: Math.min(from, total), to: Math.max(from, to) };
    };
    const later = () => {
      if (!waiting) requestAnimationFrame(measure);
      waiting = true;
    };
    measure();
    addEventListener("scroll", later, { passive: true });
    addEventListener("resize", later);
    return () => {
      removeEventListener("scroll", later);
      removeEventListener("resize", later);
    };
  }, [total]);
  return { body, range };
}

function Table({ names }: { names: string[] }) {
  const { body, range } = useRowsInView(names.length);
  const { from, to } = range.value;
  const shown = names.slice(from, to);
  const topics = shown.map(topicOf).join("\n");
  useEffect(() => (topics === "" ? undefined : follow(topics.split("\n"))), [topics]);
  return (
    <table class="prices" aria-rowcount={names.length + 1}>
      <caption class="visually-hidden">Live prices, one row per symbol. A symbol opens its chart.</caption>
      <thead>
        <tr aria-rowindex={1}>
          <th scope="col">Symbol</th>
          <th scope="col" class="number">
            Price
          </th>
          <th scope="col" class="number" title={CHANGE_HINT}>
            Change
          </th>
          <th scope="col" class="number" title="Time since the last tick">
            Age
          </th>
          <th scope="col" class="spark-cell">
            Last 60 ticks
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        {from > 0 && <tr class="space" style={{ height: `${from * ROW_PX}px` }} />}
        {shown.map((symbol, i) => (
          <Row key={symbol} symbol={symbol} index={from + i} />
        ))}
        {to < names.length && <tr class="space" style={{ height: `${(names.length - to) * ROW_PX}px` }} />}
      </tbody>
    </table>
  );
}

function Summary({ shown, total }: { shown: number; total: number }) {
  const rate = ticks.perSecond(now.value);
  return (
    <p class="muted summary">
      {shown === total ? `${count(total)} symbols` : `${count(shown)} of ${count(total)} symbols`}
      <span class="dot" aria-hidden="true" />
      <span class="tabular">{isLive(connection.value) ? rate.toFixed(1) : "–"}</span> ticks/s
    </p>
  );
}

function List({ all }: { all: string[] }) {
  const wanted = filter.value.trim().toUpperCase();
  const names = wanted === "" ? all : all.filter((name) => name.includes(wanted));
  return (
    <>
      <div class="toolbar">
        <SearchField
          id="filter"
          label="Filter symbols"
          placeholder="Filter symbols"
          value={filter.value}
          change={(text) => {
            filter.value = text;
          }}
        />
        <Summary shown={names.length} total={all.length} />
      </div>
      {isDelayedList.value && (
        <Notice kind="warning">
          This key hears some symbols only, so new ones appear here with a delay of up to 15 seconds.
        </Notice>
      )}
      {names.length === 0 ? (
        <p class="muted nothing" role="status">
          No symbol contains “{filter.value.trim()}”. Clear the filter to see all {count(all.length)}.
        </p>
      ) : (
        <div class="panel flush">
          <Table names={names} />
        </div>
      )}
    </>
  );
}

export function Prices() {
  usePageTitle("Prices");
  const all = symbols.value;
  return (
    <section class="page">
      <h1>Prices</h1>
      {all === undefined ? <Loading what="the known symbols" /> : all.length === 0 ? <EmptyPage /> : <List all={all} />}
    </section>
  );
}
