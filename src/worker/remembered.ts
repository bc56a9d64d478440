/* What an isolate remembers between requests: never the truth, only what spares asking for it. It belongs to the environment it
 * was learnt in, so whoever gives the Worker a new one (a test) begins with nothing. */

/** @param make what is remembered to begin with
 * @returns gives the one of an environment, made when it is first asked for */
export function remembered<T extends object>(make: () => T): (env: Env) => T {
  const kept = new WeakMap<Env, T>();
  return (env) => {
    const found = kept.get(env);
    if (found !== undefined) return found;
    const made = make();
    kept.set(env, made);
    return made;
  };
}
