/* The bill of civil alerts, counted from the real objects. A frame is what is told: an alert that opens or closes. Rows
 * written are most of it, so one write more per frame must fail here. */
import { beforeAll, describe, expect, it } from "vitest";
import { type Counts, dollarsPerMillion } from "../../bench/cost";
import { ALERT_MODELS, type AlertModel, countAlerts, countQuiet } from "../../bench/counted/alert-models";

/** Enough to show what a frame costs. */
const RECORDED = 40;
const PLACES = 200;
/** Seconds, unless the machine is busy. */
const COUNTS_WITHIN_MS = 60_000;

const smaller = (model: AlertModel): AlertModel => (model.places === undefined ? model : { ...model, places: PLACES });

describe.each(ALERT_MODELS.map((model) => [model.what, smaller(model)] as const))("%s", (_, model) => {
  let counts: Counts;
  let alerts: number;
  let frames: number;
  beforeAll(async () => {
    ({ counts, alerts } = await countAlerts(model, RECORDED));
    frames = counts.events + alerts;
  }, COUNTS_WITHIN_MS);
  const { partitions, hubs = 0, places = 0 } = model;
  const isBundled = partitions !== undefined && places > partitions;

  it("writes at most seven and a half rows a frame, and a handful for all frames of a commit", () => {
    expect(counts.rows_written).toBeGreaterThan(isBundled ? 0 : 5 * frames);
    expect(counts.rows_written).toBeLessThanOrEqual(isBundled ? 20 * partitions : 7.5 * frames);
  });

  it("sends one message for each commit", () => {
    expect(counts.messages).toBeLessThanOrEqual(isBundled ? 3 * partitions : frames);
    expect(counts.queue_operations).toBe(3 * counts.messages);
  });

  it("writes to D1 what is told, a cursor per message, and how far it came where anybody listens", () => {
    const reached = hubs === 0 ? 0 : 3 * frames;
    expect(counts.d1_rows_written).toBeLessThanOrEqual(4.5 * frames + reached);
  });

  it("calls five objects a frame, and each hub once", () => {
    expect(counts.object_calls).toBeLessThanOrEqual(isBundled ? 12 * partitions : (5 + hubs) * frames);
    expect(counts.requests).toBe(places === 0 ? RECORDED : 1);
  });

  it("costs less than promised", () => {
    const limit = isBundled ? 8 : places > 0 ? 29 : hubs > 0 ? 22 : 17;
    expect(dollarsPerMillion(counts).total).toBeLessThan(limit);
  });
});

describe("the canary", () => {
  const MINUTES = 30;
  const month = (counts: Counts): number =>
    (dollarsPerMillion({ ...counts, events: MINUTES }).total * 30 * 24 * 60) / 1_000_000;

  it("costs half a dollar a month, and two cents more for each hub, without what the hub writes itself", async () => {
    const alone = month(await countQuiet({ what: "" }, MINUTES));
    expect(alone).toBeLessThan(0.5);
    expect((month(await countQuiet({ what: "", hubs: 4 }, MINUTES)) - alone) / 4).toBeLessThan(0.04);
  });
});
