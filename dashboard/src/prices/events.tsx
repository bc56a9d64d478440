/* The last entries of the symbol's log, each once and in order. */
import { figure, preciseTime, priceText } from "../ui/format";
import { Scroller } from "../ui/scroller";
import type { PriceEvent, PriceRow } from "./book";

const SHOWN = 50;

const NAMES: Record<PriceEvent["kind"], string> = {
  price: "price",
  late: "late price",
  close: "minute closed",
  deleted: "deleted",
};

function Event({ event, decimals }: { event: PriceEvent; decimals: number }) {
  return (
    <tr data-seq={event.seq} data-epoch={event.epoch} data-kind={event.kind}>
      <td class="number tabular">{event.seq}</td>
      <td class="tabular">{preciseTime(event.at)}</td>
      <td class="number tabular">{event.price === undefined ? "" : priceText(event.price, decimals)}</td>
      <td class="number tabular">{event.volume === undefined ? "" : figure(event.volume)}</td>
      <td>{NAMES[event.kind]}</td>
    </tr>
  );
}

export function RecentEvents({ row }: { row: PriceRow }) {
  return (
    <section class="panel flush" aria-labelledby="events">
      <div class="panel-head">
        <h2 id="events">Recent events</h2>
        <span class="muted small">newest first, last {SHOWN}</span>
      </div>
      {row.events.length === 0 ? (
        <p class="muted nothing">Nothing since this page was opened. The next price appears here at once.</p>
      ) : (
        <Scroller label="Recent events">
          <table class="events">
            <thead>
              <tr>
                <th scope="col" class="number">
                  Seq
                </th>
                <th scope="col">Stored at (UTC)</th>
                <th scope="col" class="number">
                  Price
                </th>
                <th scope="col" class="number">
                  Volume
                </th>
                <th scope="col">What</th>
              </tr>
            </thead>
            <tbody>
              {row.events.slice(0, SHOWN).map((event) => (
                <Event key={`${event.epoch}:${event.seq}`} event={event} decimals={row.decimals} />
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </section>
  );
}
