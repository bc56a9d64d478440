/* Facts of the installation: some are settled once and for all, others written again and again. */

/** Writes the fact unless there is one, and returns the one there is. Safe when many begin at once. */
export async function settleFact(db: D1Database, name: string, value: string): Promise<string> {
  const [, read] = await db.batch<{ value: string }>([
    db.prepare("INSERT OR IGNORE INTO facts (name, value) VALUES (?, ?)").bind(name, value),
    db.prepare("SELECT value FROM facts WHERE name = ?").bind(name),
  ]);
  return read?.results[0]?.value ?? value;
}

export async function readFact(db: D1Database, name: string): Promise<string | undefined> {
  return (await db.prepare("SELECT value FROM facts WHERE name = ?").bind(name).first<string>("value")) ?? undefined;
}

export async function writeFact(db: D1Database, name: string, value: string): Promise<void> {
  await db.prepare("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)").bind(name, value).run();
}
