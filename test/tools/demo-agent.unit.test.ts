import { expect, it } from "vitest";
import { NodeId } from "../../src/domain/nodes/node";
import { nodeName } from "../../tools/demo/agent";

it.each(["web-1", "Anna's MacBook Pro", "-odd-", "מחשב", "x".repeat(100)])(
  "makes a node's id of the machine's name %s",
  (name) => {
    expect(NodeId.safeParse(nodeName(name)).success).toBe(true);
  },
);
