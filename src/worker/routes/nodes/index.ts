/* /api/v1/nodes: beats in, status and history out. */
import { group } from "../../route";
import { beat, beats } from "./beats";
import { list } from "./list";
import { postMetrics, readMetrics } from "./metrics";
import { configure, history, remove, show } from "./one";
import { session } from "./session";

const TAG = "Nodes";
const PATH = "/api/v1/nodes";

export const nodes = [
  group(TAG, PATH, "nodes:beat", [beat, session, postMetrics]),
  group(TAG, "/api/v1/heartbeats", "nodes:beat", [beats]),
  group(TAG, PATH, "nodes:read", [list, show, history, readMetrics]),
  group(TAG, PATH, "nodes:configure", [configure, remove]),
];
