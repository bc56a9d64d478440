/* The history of alerts in D1, where parts come late: a dead letter that is applied at last. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { AlertPart } from "../../src/domain/alerts/part";
import { findAlert, mergeAreaParts } from "../../src/storage/queries/alerts";
import { Place, TEN } from "../domain/alerts/place";

const ALWAYS = { sql: "1 = ?", values: [1] };

it("keeps what is newer when an older part comes after it", async () => {
  const place = new Place();
  place.alert("10:00", 10);
  place.alert("10:05", 10, "Drone");
  place.at(TEN + 3_600_000);
  const parts = place.entries.map(({ stream, epoch, seq, at, data }) => {
    return { kind: "alert", key: stream, epoch, seq, at, data } as AlertPart;
  });
  const [first, ...rest] = parts as [AlertPart, ...AlertPart[]];
  for (const part of [...rest, first]) await env.DB.batch(mergeAreaParts(env.DB, [part], ALWAYS));

  const found = await findAlert(env.DB, first.data.alert_id);
  expect(found?.alert).toMatchObject({ count: 2, revision: 2, closed_at: expect.any(Number), type: "Mixed Threats" });
  expect(found?.events).toHaveLength(2);
});
