import { describe, expect, it } from "vitest";
import { ClientMessage } from "../../src/domain/frame";
import { messageIn } from "../../src/domain/socket-message";

const heard = (data: string | ArrayBuffer) => messageIn(ClientMessage, data);
const filtered = (filter: object) => JSON.stringify({ type: "subscribe", topics: [{ topic: "alerts", filter }] });

describe("a message over a socket", () => {
  it("is what was said", () => {
    expect(heard('{"type":"unsubscribe","topics":["alerts"]}')).toEqual({
      ok: true,
      value: { type: "unsubscribe", topics: ["alerts"] },
    });
  });

  it.each([
    [new ArrayBuffer(3), "it is not text"],
    [" ".repeat(65_537), "it is longer than 65536 characters"],
    ["{", "it is not JSON"],
    ['{"type":"subscribe"}', "/topics is missing"],
    [filtered({ severities: ["EXTREME"] }), "/topics/0/filter/severities/0 Invalid option"],
    [
      filtered({ locations: ["Haifa", " "], x: 1 }),
      "/topics/0/filter/locations/1 must name a place; /topics/0/filter/x",
    ],
  ])("that is none (%#) is refused with what is wrong", (data, reason) => {
    const message = heard(data);
    expect(message.ok ? "" : message.error).toContain(reason);
  });

  it("is refused in few words, however much is wrong", () => {
    const names = Object.fromEntries(Array.from({ length: 500 }, (_, i) => ["x".repeat(90) + i, 1]));
    const message = heard(filtered(names));
    expect(message.ok ? 0 : message.error.length).toBe(300);
  });
});
