/* Arrivals: how many came from an address in this minute. Bounded: of too many addresses those that came first are
 * forgotten, which lets more in and never fewer. */
import { MINUTE_MS } from "../units";

const MAX_ADDRESSES = 10_000;

export class Arrivals {
  #minute = 0;
  #counts = new Map<string, number>();

  /** Lets one more in. Otherwise: seconds until the next may come. */
  admit(
    address: string,
    limit: number,
    now: number,
  ): { admitted: true } | { admitted: false; retryAfterSeconds: number } {
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#counts.clear();
    }
    const network = networkOf(address);
    const count = this.#counts.get(network) ?? 0;
    if (count >= limit)
      return { admitted: false, retryAfterSeconds: Math.ceil(((minute + 1) * MINUTE_MS - now) / 1_000) };
    if (count === 0 && this.#counts.size >= MAX_ADDRESSES) this.#forgetFirst();
    this.#counts.set(network, count + 1);
    return { admitted: true };
  }

  #forgetFirst(): void {
    const first = this.#counts.keys().next().value;
    if (first !== undefined) this.#counts.delete(first);
  }
}

/** Whoever has one IPv6 address has the 2^64 beside it. */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) groups.push("0", "0", "0", "0");
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
