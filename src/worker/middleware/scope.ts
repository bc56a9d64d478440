/* What a key's scope leaves of the symbols. */
import { scopeAllows } from "../../domain/access/scope";
import { AppError } from "../../domain/error";
import type { AppContext } from "../context";

/** Throws 403 with the first symbol that this key may not touch. Costs nothing for a key without scope. */
export function requireSymbols(c: AppContext, symbols: Iterable<string>): void {
  const { scope } = c.get("principal");
  if (scope?.symbols === undefined) return;
  for (const symbol of symbols) {
    if (!scopeAllows(scope, "symbols", symbol)) {
      throw new AppError("forbidden", `This key may not touch the symbol ${symbol}.`);
    }
  }
}
