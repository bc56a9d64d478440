/* What civil alerts cost: the recorded ones in their own rhythm, less what goes on anyway; and what goes on anyway, which is
 * the canary. */
import { readFileSync } from "node:fs";
import { parseAlerts, type RecordedAlert } from "../../tools/demo/alerts.ts";
import { type Counts, difference } from "../cost.ts";
import { Country } from "./country";

const START = Date.parse("2026-11-21T10:00:17.250Z");
const MINUTE = 60_000;
const SAMPLE = "tools/data/civil-alerts.csv";
/** As the demo: the record has none. */
const LASTS_MINUTES = 10;
/** By then everything is over and confirmed, so a longer pause changes nothing. */
const LONGEST_PAUSE_MS = 12 * MINUTE;

export interface AlertModel {
  what: string;
  /** As AREA_PARTITIONS. */
  partitions?: number;
  /** Hubs that listen to topic `alerts`. */
  hubs?: number;
  /** One alert that names so many places, instead of the recorded ones. */
  places?: number;
}

export const ALERT_MODELS: AlertModel[] = [
  { what: "Civil alerts as recorded, one object per place" },
  { what: "The same with AREA_PARTITIONS=16", partitions: 16 },
  { what: "As recorded, one object per place, 4 hubs listening", hubs: 4 },
  { what: "One civil alert for 1,500 places, one object per place", places: 1_500 },
  { what: "The same with AREA_PARTITIONS=16", places: 1_500, partitions: 16 },
];

export interface CountedAlerts {
  counts: Counts;
  /** Alerts that were opened, and closed. */
  alerts: number;
}

/** @param most of the recorded ones, from the first */
function alertsOf({ places }: AlertModel, most: number): RecordedAlert[] {
  if (places === undefined) return parseAlerts(readFileSync(SAMPLE, "utf8"), LONGEST_PAUSE_MS).slice(0, most);
  return [{ offsetMs: 0, type: "rockets", locations: Array.from({ length: places }, (_, i) => `place ${i}`) }];
}

/** What `minutes` without any alert cost: the canary, and leases where hubs listen. */
export async function countQuiet(model: AlertModel, minutes: number): Promise<Counts> {
  const country = new Country(START, model);
  await country.begin();
  await country.advance(LONGEST_PAUSE_MS);
  const before = country.counts;
  await country.advance(minutes * MINUTE);
  return difference(country.counts, before);
}

async function replay(country: Country, alerts: RecordedAlert[], isQuiet: boolean): Promise<void> {
  await country.begin();
  for (const { offsetMs, locations, type } of alerts) {
    await country.advance(START + offsetMs - country.now);
    if (!isQuiet) await country.post({ locations, type, timestamp: country.now, duration: LASTS_MINUTES });
  }
  await country.advance(2 * LONGEST_PAUSE_MS);
}

/** Drives the model and counts. Throws when something did not arrive in D1: then the count would be of something broken. */
export async function countAlerts(model: AlertModel, most = Number.POSITIVE_INFINITY): Promise<CountedAlerts> {
  const alerts = alertsOf(model, most);
  const country = new Country(START, model);
  await replay(country, alerts, false);
  const { counts, stored } = country;
  if (stored.events !== counts.events) throw new Error(`${counts.events} were posted, D1 has ${stored.events}.`);
  if (stored.open > 0) throw new Error(`${stored.open} alerts have no end in D1.`);
  const quiet = new Country(START, model);
  await replay(quiet, alerts, true);
  return { counts: difference(counts, quiet.counts), alerts: stored.closed };
}
