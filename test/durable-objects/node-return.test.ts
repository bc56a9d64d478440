/* A node that returns while its object has other things to do. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SESSION_HEADER, sessionHeader } from "../../src/durable-objects/node-monitor/session";
import { until } from "../until";
import { Agent, configure, eventsOf, monitor, startClock, statusOf, stopClock, timeIs } from "./node-world";

const OBJECT = "partition-0-of-7";

beforeEach(stopClock);
afterEach(startClock);

it("keeps the session of a node that was missed, when the alarm rings before its return is on the disk", async () => {
  await configure("web-1", { interval_s: 1, suspect_after_s: 3, down_after_s: 60 }, OBJECT);
  const before = await Agent.open("web-1", OBJECT);
  timeIs(31);
  await runDurableObjectAlarm(monitor(OBJECT));
  await before.gone();
  expect((await statusOf("web-1", OBJECT))?.status).toBe("suspect");
  timeIs(33);
  // Another node's commit waits for the disk, so that the return has to wait for the next one.
  const answered = await runInDurableObject(monitor(OBJECT), async (instance, { storage }) => {
    const disk = Promise.withResolvers<void>();
    const sync = vi.spyOn(storage, "sync").mockReturnValueOnce(disk.promise);
    const signal = { type: "beat", status: "ok" } as const;
    const other = instance.beat([{ node: "web-2", source: "key", signal, create: true }]);
    await until(() => sync.mock.calls.length > 0, { what: "the other commit waits", everyMs: 1 });
    const headers = {
      Upgrade: "websocket",
      [SESSION_HEADER]: sessionHeader({ node: "web-1", source: "key", create: true }),
    };
    const opening = instance.fetch(new Request("http://monitor", { headers }));
    await instance.alarm();
    disk.resolve();
    await other;
    return (await opening).status;
  });
  expect(answered).toBe(101);
  const { status, connected } = (await statusOf("web-1", OBJECT)) ?? {};
  expect({ status, connected }).toEqual({ status: "up", connected: true });
  expect(await eventsOf("web-1", OBJECT)).toContain("resumed");
});
