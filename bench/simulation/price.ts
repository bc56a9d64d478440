/* What a simulated run costs by the list prices of the paid plan, beyond what it includes. Modelled: no bill was compared. */
import { PRICES } from "../cost.ts";
import type { Country } from "./country";

/** Dollars per GB-second of an object that works or waits for a call; 0.128 GB each. */
const GB_SECOND = 12.5 / 1e6;
const OBJECT_GB = 0.128;
/** Dollars per million: of what sockets send, 20 are one call. */
const SOCKET_MESSAGE = PRICES.object_calls / 20;
/** So many sockets of a region acknowledge, about (domain/live/placement.ts); each does once per alert that is alone. */
const ASKED_SOCKETS = 10_000;

export interface Bill {
  calls: number;
  rows: number;
  duration: number;
  acknowledgements: number;
  total: number;
}

/** Dollars per million deliveries of an alert to a socket. */
export function billOf(country: Country): Bill {
  const { owner, relays, hubs, plan, deliveries } = country;
  const messages = plan.alerts.count * hubs.reduce((sum, { sockets }) => sum + sockets, 0);
  const senders = [owner.sender, ...relays.map(({ sender }) => sender)];
  const alarms = sum(senders.map(({ alarmsRung }) => alarmsRung)) + sum(hubs.map(({ alarmsRung }) => alarmsRung));
  // Setting an alarm is a row; so are the owner's commits and what a hub saves.
  const rows =
    owner.rowsWritten + sum(senders.map(({ alarmsSet }) => alarmsSet)) + sum(hubs.map((hub) => hub.rowsWritten));
  const stations = [owner, ...relays, ...hubs].map(({ station }) => station);
  const seconds = sum(stations.map(({ activeMs }) => activeMs)) / 1_000;
  const asked = sum(Object.values(plan.regions).map((share) => Math.min(plan.sockets * share, ASKED_SOCKETS)));
  const perMillion = 1e6 / messages;
  const bill = {
    calls: ((deliveries + alarms) * PRICES.object_calls * perMillion) / 1e6,
    rows: (rows * PRICES.rows_written * perMillion) / 1e6,
    duration: seconds * OBJECT_GB * GB_SECOND * perMillion,
    acknowledgements: (asked * plan.alerts.count * SOCKET_MESSAGE * perMillion) / 1e6,
  };
  return { ...bill, total: sum(Object.values(bill)) };
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
