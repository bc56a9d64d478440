/* Objects of the archive's bucket that the manifest does not name: a consumer that ended between the bucket and D1 leaves one,
 * and so does an outbox whose message was lost. They are looked for a day later, when nobody works on them any more. */
import { DOMAINS } from "../domain/archive/domains";
import { hourPrefix, RAW_PREFIX, SPILL_PREFIX } from "../domain/archive/manifest";
import { DAY_MS } from "../domain/units";
import { unnamedPlaces } from "../storage/queries/archive";
import { readFact, writeFact } from "../storage/queries/facts";

/** Keys per list, and lists per domain and run. */
const LIST_KEYS = 1_000;
const LISTS = 10;

/** Deletes orphans; how many. Each key is looked at once: keys are in the order of the hours in which they were written. */
export async function sweepOrphans(env: Env, now: number): Promise<number> {
  let deleted = await sweepSpilled(env, now);
  for (const domain of DOMAINS) {
    const fact = `archive.checked.${domain}`;
    const end = hourPrefix(domain, now - DAY_MS);
    let after = (await readFact(env.DB, fact)) ?? "";
    for (let list = 0; list < LISTS; list++) {
      const options = {
        prefix: `${RAW_PREFIX}${domain}/`,
        limit: LIST_KEYS,
        ...(after === "" ? {} : { startAfter: after }),
      };
      const listed = (await env.ARCHIVE.list(options)).objects.map(({ key }) => key);
      const keys = listed.filter((key) => key < end);
      if (keys.length === 0) break;
      deleted += await dropUnnamed(env, keys);
      after = keys.at(-1) as string;
      await writeFact(env.DB, fact, after);
      if (keys.length < LIST_KEYS) break;
    }
  }
  return deleted;
}

async function dropUnnamed(env: Env, keys: string[]): Promise<number> {
  // What is no key of ours was put there by somebody else: it stays.
  const orphans = (await unnamedPlaces(env.DB, keys)).map(({ key }) => key);
  if (orphans.length > 0) await env.ARCHIVE.delete(orphans);
  return orphans.length;
}

async function sweepSpilled(env: Env, now: number): Promise<number> {
  const { objects } = await env.ARCHIVE.list({ prefix: SPILL_PREFIX, limit: LIST_KEYS });
  const old = objects.filter(({ uploaded }) => uploaded.getTime() < now - DAY_MS).map(({ key }) => key);
  if (old.length > 0) await env.ARCHIVE.delete(old);
  return old.length;
}
