/* Bodies that do not come as they were announced. */
import { expect, it } from "vitest";
import { readJson } from "../../src/worker/read-body";

it("refuses a body that breaks off before its declared length: nothing of ours has failed", async () => {
  const raw = {
    headers: new Headers({ "content-length": "500" }),
    arrayBuffer: () => Promise.reject(new Error("Network connection lost.")),
  };
  const c = { req: { raw } } as unknown as Parameters<typeof readJson>[0];
  const refusal = { code: "invalid_request", message: "The body ends before its Content-Length." };
  await expect(readJson(c)).rejects.toMatchObject(refusal);
});
