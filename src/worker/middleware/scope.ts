/* What a key's scope leaves of a kind. */
import { type ScopeKind, scopeAllows } from "../../domain/access/scope";
import { AppError } from "../../domain/error";
import type { AppContext } from "../context";

/** Throws 403 with the first name that this key may not touch. Costs nothing for a key without scope. */
function require(c: AppContext, kind: ScopeKind, what: string, names: Iterable<string>): void {
  const { scope } = c.get("principal");
  if (scope?.[kind] === undefined) return;
  for (const name of names) {
    if (!scopeAllows(scope, kind, name)) throw new AppError("forbidden", `This key may not touch the ${what} ${name}.`);
  }
}

export const requireSymbols = (c: AppContext, symbols: Iterable<string>): void =>
  require(c, "symbols", "symbol", symbols);
export const requireNodes = (c: AppContext, nodes: Iterable<string>): void => require(c, "nodes", "node", nodes);
export const requireNames = (c: AppContext, names: Iterable<string>): void => require(c, "names", "metric", names);
