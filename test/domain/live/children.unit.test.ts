import { describe, expect, it } from "vitest";
import { childOf, relayOf, topicChild } from "../../../src/domain/live/children";
import { hubName } from "../../../src/domain/live/placement";
import { fc, holds } from "../../property";

describe("the name of a child", () => {
  it("says which object it is", () => {
    expect(childOf(topicChild("alerts"))).toEqual({ class: "Topic", name: "alerts" });
    expect(childOf("eu-relay-3")).toEqual({ class: "Relay", name: "eu-relay-3" });
    expect(childOf("eu-17")).toEqual({ class: "Hub", name: "eu-17" });
  });

  it("gives each hub one relay of its region, and each relay no more hubs than the limit", async () => {
    await holds(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.integer({ min: 1, max: 2_000 }), (limit, hubs) => {
        const sizes = new Map<string, number>();
        for (let i = 0; i < hubs; i++) {
          const relay = relayOf(hubName("eu", i), limit) as string;
          expect(childOf(relay)).toEqual({ class: "Relay", name: relay });
          sizes.set(relay, (sizes.get(relay) ?? 0) + 1);
        }
        expect(Math.max(...sizes.values())).toBeLessThanOrEqual(limit);
        expect(sizes.size).toBe(Math.ceil(hubs / limit));
      }),
    );
  });

  it("puts relays and what has no number under no relay", () => {
    expect(relayOf("eu-relay-3", 4)).toBeUndefined();
    expect(relayOf("topic:alerts", 4)).toBeUndefined();
    expect(relayOf("eu-17", 4)).toBe("eu-relay-4");
    expect(relayOf("local-0", 256)).toBe("local-relay-0");
  });
});
