/* The routes of request logs: a list of groups, each behind its permission. */
import { group } from "../../route";
import { aggregation, submit } from "./aggregate";
import { history } from "./history";
import { log } from "./log";
import { post } from "./post";
import { list, one } from "./search";
import { timeline } from "./timeline";
import { topK } from "./top-k";

const PATH = "/api/v1/requests";

export const requests = [
  group("Requests", PATH, "requests:write", [post, log]),
  // A path of a name comes before the one of any id.
  group("Requests", PATH, "requests:read", [topK, timeline, history, submit, aggregation, list, one]),
];
