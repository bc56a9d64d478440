/* Topic `symbols`: which symbols exist. A source tells its first frame and its last, nothing between. */
import type { Current } from "./topic";

const symbolOf = (data: unknown): string | undefined => {
  const symbol = typeof data === "object" && data !== null && "symbol" in data ? data.symbol : undefined;
  return typeof symbol === "string" ? symbol : undefined;
};

export const symbols: Current<Set<string>> = {
  version: 1,
  contiguous: false,
  empty: () => new Set(),
  apply(symbols, { type, data }) {
    const symbol = symbolOf(data);
    if (symbol === undefined) return symbols;
    if (type === "deleted") symbols.delete(symbol);
    else symbols.add(symbol);
    return symbols;
  },
  snapshot: (symbols) => ({ symbols: [...symbols].sort() }),
  save: (symbols) => [...symbols],
  load: (saved) => new Set(saved as string[]),
};
