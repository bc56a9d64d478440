/* /api/v1/metrics: samples in, timelines out. */
import { group } from "../../route";
import { post } from "./post";
import { list, timeline } from "./read";
import { remove } from "./remove";
import { usage } from "./usage";

const TAG = "Metrics";
const PATH = "/api/v1/metrics";

export const metrics = [
  group(TAG, PATH, "metrics:write", [post]),
  // The path that existing sources of metrics post to.
  group(TAG, "/metric", "metrics:write", [post]),
  group(TAG, PATH, "metrics:read", [list, timeline]),
  group(TAG, PATH, "metrics:delete", [remove]),
  group(TAG, "/api/v1/usage", "usage:read", [usage]),
];
