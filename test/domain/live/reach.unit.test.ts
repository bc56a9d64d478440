import { describe, expect, it } from "vitest";
import type { ReachReport } from "../../../src/domain/frame";
import { addUp, MAX_AGE_MS, MAX_FRAMES, MAX_REPORTS, Reach } from "../../../src/domain/live/reach";
import { fc, holds } from "../../property";

const at = (seq: number, epoch = "e1") => ({ epoch, seq });
const four = { registered: 4, asked: 3, flushed: 2 };

function counted(frames: number): Reach {
  const reach = new Reach("alerts");
  for (let seq = 1; seq <= frames; seq++) reach.passed(at(seq), four, seq, 1_000);
  return reach;
}
const acknowledgedIn = (reports: ReachReport[]) => reports.map(({ seq, acknowledged }) => [seq, acknowledged]);

describe("Reach in a hub", () => {
  it("says what became of a frame, and how long after its acceptance it was flushed", () => {
    const reach = new Reach("alerts");
    reach.passed(at(7), four, 1_000, 1_020);
    reach.flushed(1_050);
    expect(reach.report(1_050)).toEqual([
      { topic: "alerts", epoch: "e1", seq: 7, ...four, acknowledged: 0, latencies: [[50, 2]] },
    ]);
  });

  it("counts an acknowledgement for every frame that it covers, once", () => {
    const reach = counted(5);
    reach.acknowledged(at(1), at(3));
    reach.acknowledged(at(0), at(2));
    expect(acknowledgedIn(reach.report(1_000))).toEqual([
      [1, 1],
      [2, 2],
      [3, 1],
      [4, 0],
      [5, 0],
    ]);
  });

  it("counts over the beginning of a new epoch", () => {
    const reach = counted(2);
    reach.passed(at(1, "e2"), four, 1, 1_000);
    reach.acknowledged(at(2), at(1, "e2"));
    expect(acknowledgedIn(reach.report(1_000))).toEqual([
      [1, 0],
      [2, 0],
      [1, 1],
    ]);
  });

  it("tells only what has changed, in bounded answers, and all again when an answer was lost", () => {
    const reach = counted(MAX_REPORTS + 6);
    expect([reach.report(1_000), reach.report(1_000), reach.report(1_000)].map((r) => r.length)).toEqual([
      MAX_REPORTS,
      6,
      0,
    ]);
    reach.acknowledged(at(8), at(9));
    expect(acknowledgedIn(reach.report(1_000))).toEqual([[9, 1]]);
    reach.tellAgain();
    expect(acknowledgedIn(reach.report(1_000))[8]).toEqual([9, 1]);
  });

  it("forgets frames that are too many or too old", () => {
    const reach = counted(MAX_FRAMES + 1);
    const told = Array.from({ length: 6 }, () => reach.report(1_000)).flat();
    expect([told.length, told[0]?.seq]).toEqual([MAX_FRAMES, 2]);
    reach.acknowledged(at(0), at(MAX_FRAMES));
    expect(reach.report(1_000 + MAX_AGE_MS)).toEqual([]);
  });

  it("knows no latency of what nobody was sent, or what says no time, and none below 0", () => {
    const reach = new Reach("alerts");
    reach.passed(at(1), { ...four, flushed: 0 }, 1_000, 1_000);
    reach.passed(at(2), four, undefined, 1_000);
    reach.passed(at(3), four, 2_000, 1_000);
    reach.flushed(1_000);
    expect(reach.report(1_000).map(({ latencies }) => latencies)).toEqual([[], [], [[0, 2]]]);
  });
});

const Report = fc.record({
  registered: fc.nat({ max: 5_000 }),
  asked: fc.nat({ max: 5_000 }),
  flushed: fc.nat({ max: 5_000 }),
  acknowledged: fc.nat({ max: 5_000 }),
  latencies: fc.array(fc.tuple(fc.nat({ max: 2_000 }), fc.nat({ max: 50 })), { maxLength: 3 }),
});

describe("Reach added up", () => {
  it("is what one list of all sockets would give, however hubs are grouped", async () => {
    await holds(
      fc.property(fc.array(Report, { maxLength: 12 }), (reports) => {
        const total = addUp(reports);
        const sum = (of: (report: (typeof reports)[0]) => number) => reports.reduce((n, report) => n + of(report), 0);
        expect(total).toMatchObject({ registered: sum((r) => r.registered), asked: sum((r) => r.asked) });
        expect(total).toMatchObject({ flushed: sum((r) => r.flushed), acknowledged: sum((r) => r.acknowledged) });
        const each = reports.flatMap((r) => r.latencies.flatMap(([ms, n]) => Array<number>(n).fill(ms)));
        each.sort((a, b) => a - b);
        const rank = (percent: number) => each[Math.ceil((each.length * percent) / 100) - 1] ?? null;
        expect([total.p50_ms, total.p99_ms]).toEqual([rank(50), rank(99)]);
        const latencies = reports.flatMap((r) => r.latencies);
        expect(addUp([{ registered: 0, asked: 0, flushed: 0, acknowledged: 0, latencies }]).p99_ms).toBe(total.p99_ms);
      }),
    );
  });

  it("weighs each hub by its texts", () => {
    const hub = (ms: number, n: number) => ({ ...four, acknowledged: 0, latencies: [[ms, n]] });
    expect(addUp([hub(10, 98), hub(500, 1), hub(900, 1)])).toMatchObject({ p50_ms: 10, p99_ms: 500 });
    expect(addUp([])).toMatchObject({ registered: 0, p50_ms: null, p99_ms: null });
  });
});
