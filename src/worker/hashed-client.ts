/* A client's address as a name that does not tell it: the same for the life of the installation, and nobody without its
 * secret can find the address by trying all. */
import { BoundedCache } from "./bounded-cache";
import { remembered } from "./remembered";
import { derived, hmacKey } from "./sealed";

const KEY = "clients";
const knownIn = remembered(() => new BoundedCache<string>(10_000, 10 * 60_000));

export async function hashedClient(env: Env, address: string): Promise<string> {
  const now = Date.now();
  const known = knownIn(env);
  const found = known.get(address, now);
  if (found !== undefined) return found;
  const bytes = await derived(await hmacKey(env, KEY), address);
  const name = `client-${Array.from(bytes.slice(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  known.set(address, name, now);
  return name;
}
