/* Deadlines: the earliest of several, and one for a call. */

/** The earliest of those there are; undefined when there is none. */
export function earliest(deadlines: Iterable<number | undefined>): number | undefined {
  let head: number | undefined;
  for (const due of deadlines) if (due !== undefined && (head === undefined || due < head)) head = due;
  return head;
}

/** Rejects when the call has not answered within `ms`. The call itself goes on: whoever repeats it must be safe to. */
export async function withDeadline<T>(call: Promise<T>, ms: number): Promise<T> {
  let stop = () => {};
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
    stop = () => clearTimeout(timer);
  });
  return Promise.race([call, late]).finally(() => stop());
}
