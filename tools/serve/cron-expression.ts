/* Cron expressions as Cloudflare reads them: five fields, UTC, weekdays 1-7 from Sunday to Saturday. */

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

interface Field {
  name: string;
  min: number;
  max: number;
  names?: string[];
}

const FIELDS: Field[] = [
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day of month", min: 1, max: 31 },
  { name: "month", min: 1, max: 12, names: MONTHS },
  { name: "weekday", min: 1, max: 7, names: WEEKDAYS },
];

export type Cron = (at: Date) => boolean;

function valueOf(text: string, field: Field): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named >= 0 ? named + field.min : Number(text);
  if (!Number.isInteger(value) || text === "" || value < field.min || value > field.max) {
    throw new Error(`"${text}" is no ${field.name} from ${field.min} to ${field.max}`);
  }
  return value;
}

/** One part of a list: `*`, `5`, `5-10`, each with an optional `/step`. */
function valuesOf(part: string, field: Field): number[] {
  const [range = "", stepText] = part.split("/");
  const step = stepText === undefined ? 1 : Number(stepText);
  if (!Number.isInteger(step) || step < 1) throw new Error(`"${part}" has no whole step`);
  const [from = "", to] = range.split("-");
  const first = range === "*" ? field.min : valueOf(from, field);
  // `5/10` means from 5 on, every 10.
  const openEnd = range === "*" || stepText !== undefined ? field.max : first;
  const last = to === undefined ? openEnd : valueOf(to, field);
  return Array.from({ length: Math.max(0, Math.floor((last - first) / step) + 1) }, (_, index) => first + index * step);
}

/** Throws with the field it cannot read; `L`, `W` and `#` are the network's only. */
export function parseCron(expression: string): Cron {
  const texts = expression.trim().split(/\s+/);
  if (texts.length !== FIELDS.length) throw new Error(`"${expression}" does not have five fields`);
  const sets = FIELDS.map(
    (field, index) => new Set((texts[index] ?? "").split(",").flatMap((part) => valuesOf(part, field))),
  );
  const [minutes, hours, days, months, weekdays] = sets as [
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
  ];
  // As everywhere in cron: when both days are restricted, either will do.
  const isEither = texts[2] !== "*" && texts[4] !== "*";
  return (at) => {
    const inDays = days.has(at.getUTCDate());
    const inWeekdays = weekdays.has(at.getUTCDay() + 1);
    const isDay = isEither ? inDays || inWeekdays : inDays && inWeekdays;
    return minutes.has(at.getUTCMinutes()) && hours.has(at.getUTCHours()) && months.has(at.getUTCMonth() + 1) && isDay;
  };
}
