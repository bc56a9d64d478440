/* Lines of a body that may be cut anywhere, packed, broken, or far too long. */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Line, readLines } from "../../src/worker/read-lines";
import { fc, holds } from "../property";

/** A request whose body arrives in pieces of these sizes, again and again. */
function requestOf(bytes: Uint8Array, sizes: readonly number[], headers: Record<string, string> = {}): Request {
  let at = 0;
  let piece = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const end = at + (sizes[piece++ % sizes.length] as number);
      if (at >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(at, end));
      at = end;
    },
  });
  return new Request("http://test", { method: "POST", body, headers, duplex: "half" } as RequestInit);
}

async function linesOf(request: Request, maxBytes = 1_000_000): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of readLines(request, maxBytes)) lines.push(line);
  return lines;
}

const utf8 = (text: string) => new TextEncoder().encode(text);
const codeOf = (request: Request, maxBytes?: number) =>
  linesOf(request, maxBytes).then(
    () => "read",
    (error: { code: string }) => error.code,
  );

describe("the lines of a body", () => {
  it("are what a split would give, wherever the body is cut, packed or not", () =>
    holds(
      fc.asyncProperty(
        fc.array(fc.constantFrom("a", "\u{1F30D}", "\n", "\r\n", " ", "é"), { maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        async (pieces, sizes, packed) => {
          const text = pieces.join("");
          const body = packed ? gzipSync(text) : utf8(text);
          const expected = text
            .split("\n")
            .map((line, i) => ({ number: i + 1, text: line.replace(/\r$/, "") }))
            .filter((line) => line.text.trim() !== "");
          const headers: Record<string, string> = packed ? { "content-encoding": "gzip" } : {};
          expect(await linesOf(requestOf(body, sizes, headers))).toEqual(expected);
        },
      ),
    ));

  it("that are too long are told by their number and forgotten", async () => {
    const text = `a\n${"x".repeat(40_000)}\nb\n${"y".repeat(16_385)}`;
    const lines = [
      { number: 1, text: "a" },
      { number: 2, text: undefined },
      { number: 3, text: "b" },
      { number: 4, text: undefined },
    ];
    expect(await linesOf(requestOf(utf8(text), [7_000]))).toEqual(lines);
  });

  it("end where a bomb goes off, without being unpacked to its end", async () => {
    for (const letter of ["\n", "x"]) {
      const bomb = gzipSync(letter.repeat(20_000_000));
      expect(bomb.byteLength).toBeLessThan(25_000);
      expect(await codeOf(requestOf(bomb, [4_096], { "content-type": "application/gzip" }))).toBe("too_large");
    }
  });

  it("are refused where they are too many, broken or of an unknown encoding", async () => {
    expect(await codeOf(requestOf(utf8("a\n".repeat(100)), [50]), 150)).toBe("too_large");
    expect(await codeOf(requestOf(utf8("a"), [1], { "content-length": "200" }), 150)).toBe("too_large");
    expect(
      await codeOf(requestOf(gzipSync("a\n".repeat(100)).subarray(0, 15), [9], { "content-encoding": "gzip" })),
    ).toBe("invalid_request");
    expect(await codeOf(requestOf(utf8("a"), [1], { "content-encoding": "br" }))).toBe("unsupported_encoding");
  });
});
