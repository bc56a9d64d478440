/* API keys, by the hash of the key or by id. */
import { eq, gt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { ADMIN_ID, type Principal } from "../../domain/access/principal";
import { keys } from "../tables";

type KeyRow = typeof keys.$inferSelect;

const principal = { id: keys.id, role: keys.role, name: keys.name, scope: keys.scope };

export async function findKeyByHash(db: D1Database, hash: string): Promise<Principal | undefined> {
  return drizzle(db).select(principal).from(keys).where(eq(keys.hash, hash)).get();
}

export async function findKey(db: D1Database, id: string): Promise<Principal | undefined> {
  return drizzle(db).select(principal).from(keys).where(eq(keys.id, id)).get();
}

/** False when there is one with this id already. */
export async function insertKey(db: D1Database, row: KeyRow): Promise<boolean> {
  const result = await drizzle(db).insert(keys).values(row).onConflictDoNothing().run();
  return result.meta.changes > 0;
}

export async function listKeys(db: D1Database, after: string, limit: number): Promise<Omit<KeyRow, "hash">[]> {
  const columns = { ...principal, created_at: keys.created_at };
  return drizzle(db).select(columns).from(keys).where(gt(keys.id, after)).orderBy(keys.id).limit(limit).all();
}

/** False when there was none. */
export async function deleteKey(db: D1Database, id: string): Promise<boolean> {
  const result = await drizzle(db).delete(keys).where(eq(keys.id, id)).run();
  return result.meta.changes > 0;
}

/** Those whose key was deleted. The first admin key is no row of D1.
 * @param keyOf the id of the key that one came with */
export async function withoutKey<T>(db: D1Database, all: readonly T[], keyOf: (one: T) => string): Promise<T[]> {
  const ids = new Set(all.map(keyOf));
  ids.delete(ADMIN_ID);
  if (ids.size === 0) return [];
  const { results } = await db
    .prepare("SELECT value AS id FROM json_each(?) WHERE value NOT IN (SELECT id FROM keys)")
    .bind(JSON.stringify([...ids]))
    .all<{ id: string }>();
  const gone = new Set(results.map(({ id }) => id));
  return all.filter((one) => gone.has(keyOf(one)));
}
