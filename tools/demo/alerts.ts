/* The sample of civil alerts (tools/data/civil-alerts.csv): July 2014, as they were published. Repeats, a location named
 * twice in one alert and several alerts in one second are real, and are posted as they are. */
import { type Due, offsetsOf, type Recorded, Track } from "./track.ts";

/** The record has none. Long enough that a place's next alert usually finds it still active, and its aggregate grows. */
const LASTS_MINUTES = 10;

export interface RecordedAlert extends Recorded {
  type: string;
  locations: string[];
}

export interface AlertPost {
  locations: string[];
  type: string;
  timestamp: number;
  /** Minutes. */
  duration: number;
  id: string;
}

const ROW = /^[^,]*,([^,]*),([^,]*),(.*)$/;

/** Alerts in the order of the file. Its times are those of Asia/Jerusalem without a zone; only pauses matter, so they are
 * read as if they were UTC. */
export function parseAlerts(csv: string, longestPauseMs?: number): RecordedAlert[] {
  const rows = csv.trim().split("\n").slice(1);
  const alerts = rows.map((row) => {
    const [, time = "", type = "", locations = ""] = ROW.exec(row.trimEnd()) ?? [];
    return { at: Date.parse(`${time}Z`), type, locations: locations.split("|") };
  });
  const offsets = offsetsOf(
    alerts.map(({ at }) => at),
    longestPauseMs,
  );
  return alerts.map(({ type, locations }, i) => ({ type, locations, offsetMs: offsets[i] as number }));
}

export const alertTrack = (csv: string, speed: number, startedAt: number): Track<RecordedAlert> =>
  new Track("alerts", parseAlerts(csv), speed, startedAt);

/** Where time runs faster an alert ends sooner, so that what grows also ends. */
export const alertPost = ({ recorded, at, id }: Due<RecordedAlert>, speed: number): AlertPost => ({
  locations: recorded.locations,
  type: recorded.type,
  timestamp: at,
  duration: LASTS_MINUTES / speed,
  id,
});
