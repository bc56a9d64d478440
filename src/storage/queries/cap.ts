/* Alerts with what CAP tells of them: those that are not over, and those that were withdrawn lately. */
import { CAP_TEXTS, type CapAlert } from "../../domain/alerts/cap";
import type { AlertRow } from "../../domain/alerts/history";
import { ALERT_COLUMNS, CANARY_FACT, TOLD, WITHDRAWN_MS } from "./alerts";

const COLUMNS = ALERT_COLUMNS.join(", ");

/** Each text once, by its first event; the newest of each alert. */
const textsOf = (alerts: string): string => `SELECT alert_id, text FROM (
  SELECT alert_id, text, min(accepted_at) AS at, min(seq) AS first,
    row_number() OVER (PARTITION BY alert_id ORDER BY min(accepted_at) DESC, min(seq) DESC) AS age
  FROM alert_events WHERE alert_id IN (${alerts}) AND trim(text) <> '' GROUP BY alert_id, text
) WHERE age <= ${CAP_TEXTS} ORDER BY alert_id, at, first`;

type TextRow = { alert_id: string; text: string };

function withTexts(rows: AlertRow[], texts: TextRow[]): CapAlert[] {
  const byAlert = Map.groupBy(texts, ({ alert_id }) => alert_id);
  return rows.map((row) => ({ row, texts: (byAlert.get(row.alert_id) ?? []).map(({ text }) => text) }));
}

/** What is told at `now`, and the last canary that came this way. */
export async function capAlerts(db: D1Database, now: number): Promise<{ alerts: CapAlert[]; canary: string | null }> {
  const [rows, texts, canary] = await db.batch<AlertRow | TextRow | { value: string }>([
    db.prepare(`SELECT ${COLUMNS} FROM alerts WHERE ${TOLD}`).bind(now - WITHDRAWN_MS, now),
    db.prepare(textsOf(`SELECT alert_id FROM alerts WHERE ${TOLD}`)).bind(now - WITHDRAWN_MS, now),
    db.prepare("SELECT value FROM facts WHERE name = ?").bind(CANARY_FACT),
  ]);
  const alerts = withTexts((rows?.results ?? []) as AlertRow[], (texts?.results ?? []) as TextRow[]);
  return { alerts, canary: (canary?.results[0] as { value: string } | undefined)?.value ?? null };
}

export async function capAlert(db: D1Database, id: string): Promise<CapAlert | undefined> {
  const [rows, texts] = await db.batch<AlertRow | TextRow>([
    db.prepare(`SELECT ${COLUMNS} FROM alerts WHERE alert_id = ?`).bind(id),
    db.prepare(textsOf("?")).bind(id),
  ]);
  return withTexts((rows?.results ?? []) as AlertRow[], (texts?.results ?? []) as TextRow[])[0];
}
