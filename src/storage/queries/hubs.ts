/* The number of hubs per region: facts `hubs.<region>`. It only grows. */
const nameOf = (region: string): string => `hubs.${region}`;

/** One where nothing was written yet. */
export async function readHubCount(db: D1Database, region: string): Promise<number> {
  const value = await db.prepare("SELECT value FROM facts WHERE name = ?").bind(nameOf(region)).first<string>("value");
  return value === null ? 1 : Number(value);
}

/** Returns the number that holds: another Worker may have written a larger one. */
export async function writeHubCount(db: D1Database, region: string, hubs: number): Promise<number> {
  const value = await db
    .prepare(
      `INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name)
       DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER)) RETURNING value`,
    )
    .bind(nameOf(region), String(hubs))
    .first<string | number>("value");
  return Number(value ?? hubs);
}
