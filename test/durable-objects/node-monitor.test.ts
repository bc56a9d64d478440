/* The monitor of nodes in workerd: real sockets, real evictions, alarms by hand. Seconds count from the start of a test.
 * One file with parts: each file starts a runtime. */
import { eachHasANode } from "./node-monitor/node";
import "./node-monitor/sessions";
import "./node-monitor/signals";

eachHasANode();
