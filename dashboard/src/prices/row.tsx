/* One row of the live table. It renders only when its own symbol changed, or once a second for its age. */
import { useEffect } from "preact/hooks";
import { time } from "../ui/clock";
import { age, dateTime, priceText, signedPercent } from "../ui/format";
import { changeOf, type PriceRow, pointsOf } from "./book";
import { Sparkline } from "./sparkline";
import { isCurrent, readRow, wantHistory } from "./store";

export const hrefOf = (symbol: string): string => `/prices/${encodeURIComponent(symbol)}`;

const DIRECTIONS = {
  "1": { mark: "▲", word: "up", tone: "up" },
  "-1": { mark: "▼", word: "down", tone: "down" },
  "0": { mark: "", word: "unchanged", tone: "" },
} as const;
type DirectionKey = keyof typeof DIRECTIONS;

/** A price, and by its look and words whether it is the current one. */
export function PriceFigure({ row }: { row: PriceRow }) {
  if (row.deleted) return <span class="muted">deleted</span>;
  if (row.price === undefined) return <span class="placeholder">–</span>;
  const current = isCurrent(row);
  const direction = DIRECTIONS[String(row.direction) as DirectionKey];
  return (
    <span class={current ? "price-figure" : "price-figure old"} title={current ? undefined : "Not current"}>
      <span class={`direction ${current ? direction.tone : ""}`} aria-hidden="true">
        {direction.mark}
      </span>
      {/* The key restarts the flash at each change; nothing else in the row is built anew. */}
      <span key={current ? row.ticks : -1} class={current && row.ticks > 0 ? `flash ${direction.tone}` : ""}>
        {priceText(row.price, row.decimals)}
      </span>
      {!current && <span class="visually-hidden"> (not current)</span>}
    </span>
  );
}

export const CHANGE_HINT = "Since the first price of this UTC day that this page knows";

export function Change({ row }: { row: PriceRow }) {
  const change = changeOf(row);
  if (change === undefined) return <span class="placeholder">–</span>;
  const tone = !isCurrent(row) || Math.abs(change) < 0.00005 ? "muted" : change > 0 ? "up" : "down";
  return (
    <span class={tone} title={CHANGE_HINT}>
      {signedPercent(change)}
    </span>
  );
}

function Age({ at }: { at: number | undefined }) {
  if (at === undefined) return <span class="placeholder">–</span>;
  return <time title={`${dateTime(at)} UTC`}>{age(time.value - at)}</time>;
}

export function Row({ symbol, index }: { symbol: string; index: number }) {
  const row = readRow(symbol);
  const hasPrice = row.price !== undefined;
  useEffect(() => {
    if (hasPrice) wantHistory(symbol);
  }, [symbol, hasPrice, row.asked]);
  return (
    <tr class="price-row" aria-rowindex={index + 2} data-symbol={symbol}>
      <th scope="row">
        <a class="row-link" href={hrefOf(symbol)}>
          {symbol}
        </a>
      </th>
      <td class="number price-cell">
        <PriceFigure row={row} />
      </td>
      <td class="number">
        <Change row={row} />
      </td>
      <td class="number age-cell">
        <Age at={row.at} />
      </td>
      <td class="spark-cell">
        <Sparkline points={pointsOf(row)} dimmed={!isCurrent(row)} />
      </td>
    </tr>
  );
}
