/* One symbol: its price, its candles, its window, its log. */

import { useEffect } from "preact/hooks";
import { useRoute } from "preact-iso/router";
import { follow } from "../live/feed";
import { serverNow, time } from "../ui/clock";
import { age, dateTime } from "../ui/format";
import { BackIcon } from "../ui/icons";
import { Loading, Notice } from "../ui/notice";
import { usePageTitle } from "../ui/page-title";
import { Candles } from "./candles";
import { RecentEvents } from "./events";
import { Change, PriceFigure } from "./row";
import { isCurrent, readRow, symbols, topicOf, wantHistory } from "./store";
import { WindowFigures } from "./window-figures";

/** A price that is so much older than its arrival is a recorded one: both moments are shown. */
const RECORDED_MS = 60_000;

const ageOf = (ms: number): string => (ms < 1_000 ? "now" : `${age(ms)} ago`);

function Heading({ symbol }: { symbol: string }) {
  const row = readRow(symbol);
  return (
    <header class="symbol-head">
      <div>
        <a class="back" href="/prices">
          <BackIcon /> Prices
        </a>
        <h1>{symbol}</h1>
      </div>
      <div class="symbol-price" hidden={row.price === undefined}>
        <div class="big-price">
          <PriceFigure row={row} />
        </div>
        <p class="muted">
          <Change row={row} />
          {row.at !== undefined && (
            <>
              <span class="dot" aria-hidden="true" />
              <time title={`${dateTime(row.at)} UTC`}>
                {isCurrent(row) ? ageOf(time.value - row.at) : `as of ${dateTime(row.at)} UTC`}
              </time>
            </>
          )}
        </p>
        {row.at !== undefined && row.timestamp !== undefined && row.at - row.timestamp > RECORDED_MS && (
          <p class="muted small">
            happened <time>{dateTime(row.timestamp)}</time> UTC
          </p>
        )}
      </div>
    </header>
  );
}

function Content({ symbol }: { symbol: string }) {
  const row = readRow(symbol);
  const hasPrice = row.price !== undefined;
  useEffect(() => {
    if (hasPrice) wantHistory(symbol);
  }, [symbol, hasPrice, row.asked]);
  if (row.deleted) {
    return (
      <Notice kind="warning">This symbol was deleted. Its next price begins a new history and appears here.</Notice>
    );
  }
  if (row.price === undefined) {
    return symbols.value?.includes(symbol) === false ? (
      <Notice kind="warning">
        Nobody has posted a price of {symbol} yet. The first one appears here at once; check the spelling if you
        expected one.
      </Notice>
    ) : (
      <Loading what={symbol} />
    );
  }
  return (
    <>
      <Candles symbol={symbol} anchor={row.timestamp ?? row.at ?? serverNow()} decimals={row.decimals} />
      <div class="pair">
        <WindowFigures symbol={symbol} />
        <RecentEvents row={row} />
      </div>
    </>
  );
}

export function SymbolPage() {
  const symbol = (useRoute().params.symbol ?? "").toUpperCase();
  usePageTitle(symbol);
  useEffect(() => follow([topicOf(symbol)]), [symbol]);
  return (
    <section class="page" key={symbol}>
      <Heading symbol={symbol} />
      <Content symbol={symbol} />
    </section>
  );
}
