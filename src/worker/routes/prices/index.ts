/* The routes of prices: a list of groups, each behind its permission. */
import { group } from "../../route";
import { candles } from "./candles";
import { current } from "./current";
import { deleteSymbol } from "./delete";
import { events } from "./events";
import { list } from "./list";
import { post } from "./post";
import { window } from "./window";

const PATH = "/api/v1/prices";

export const prices = [
  group("Prices", PATH, "prices:write", [post]),
  group("Prices", PATH, "prices:read", [list, current, events, candles, window]),
  group("Prices", PATH, "prices:delete", [deleteSymbol]),
];
