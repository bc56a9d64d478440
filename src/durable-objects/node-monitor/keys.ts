/* Sessions whose key was deleted. The first admin key is no row of D1. */
import { ADMIN_ID } from "../../domain/access/principal";
import { missingKeys } from "../../storage/queries/keys";
import type { Speaker } from "./session";

/** None where D1 does not say: a session must not end because of that. */
export async function withoutKey(db: D1Database, sessions: readonly Speaker[]): Promise<Speaker[]> {
  const withKey = sessions.filter(({ source }) => source !== ADMIN_ID);
  if (withKey.length === 0) return [];
  try {
    const gone = new Set(await missingKeys(db, [...new Set(withKey.map(({ source }) => source))]));
    return withKey.filter(({ source }) => gone.has(source));
  } catch (error) {
    console.warn("D1 does not say which keys are left", error);
    return [];
  }
}
