import { describe, expect, it } from "vitest";
import { formatEventId, parseEventId, SseTranslator } from "../../../src/domain/live/sse";
import { fc, holds } from "../../property";

const position = fc.record({ epoch: fc.stringMatching(/^[0-9a-z]{1,15}$/), seq: fc.nat() });

describe("An event id", () => {
  it("says every topic's position and is read back", async () => {
    await holds(
      fc.property(fc.array(fc.option(position), { maxLength: 10 }), (list) => {
        const id = formatEventId(list);
        expect(id).toMatch(/^[A-Za-z0-9_-]*$/);
        expect(parseEventId(id, list.length)).toEqual(list);
        expect(parseEventId(id, list.length + 1)).toBeUndefined();
      }),
    );
  });

  it.each(["", "%%%", "e30", btoa("[[1,2]]"), btoa('[["e",-1]]'), btoa('[["a|b",1]]')])(
    "is refused when it is somebody else's: %s",
    (text) => {
      expect(parseEventId(text, 1)).toBeUndefined();
    },
  );
});

describe("A translation to events", () => {
  const frame = '{"topic":"b","epoch":"e1","seq":7,"type":"price","at":"","data":1}';

  it("gives each frame the positions of all topics", () => {
    const translator = new SseTranslator(["a", "b"], [null, null]);
    const id = formatEventId([null, { epoch: "e1", seq: 7 }]);
    expect(translator.translate(frame)).toBe(`id: ${id}\ndata: ${frame}\n\n`);
    expect(translator.positions).toEqual([{ topic: "b", epoch: "e1", seq: 7 }]);
  });

  it("keeps control messages apart and hides the greeting", () => {
    const translator = new SseTranslator(["a"], [null]);
    expect(translator.translate('{"type":"hello","stream":"s","retry_ms":1}')).toBe("");
    expect(translator.translate('{"type":"unknown","topic":"a"}')).toMatch(/^event: unknown\ndata: /);
    expect(translator.translate('{"type":"error","code":"unavailable","detail":""}')).toMatch(/^event: problem\n/);
  });
});
