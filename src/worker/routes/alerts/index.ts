/* /api/v1/alerts: alerts in, history out. What belongs to the public topic may be read by everybody. */
import { ALERTS_TOPIC } from "../../../domain/alerts/alert";
import { group, type OpenAccess } from "../../route";
import { cancel } from "./cancel";
import { cap, capList } from "./cap";
import { detail } from "./detail";
import { feed } from "./feed";
import { list } from "./list";
import { post } from "./post";

const TAG = "Alerts";
const PATH = "/api/v1/alerts";
const OPEN: OpenAccess = { topic: ALERTS_TOPIC, permission: "alerts:read" };

export const alerts = [
  group(TAG, PATH, "alerts:write", [post]),
  // The path that existing sources of civil alerts post to.
  group(TAG, "/api/alerts", "alerts:write", [post]),
  group(TAG, PATH, "alerts:cancel", [cancel]),
  group(TAG, PATH, OPEN, [list, feed, capList, cap, detail]),
];
