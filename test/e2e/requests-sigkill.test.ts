/* The real server is killed with SIGKILL while a log is uploaded and batches are posted. What was acknowledged is counted
 * once: in rankings, in the history, in D1. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { LoggedRequest } from "../../src/domain/requests/request.ts";
import { requestOfLine } from "../../src/domain/requests/upload.ts";
import { type Dimension, plainRanking } from "../domain/requests/plain-count.ts";
import { until } from "../until.ts";
import { type Server, startServer, type Victim } from "./server.ts";

const REQUESTS = "/api/v1/requests";
const SPAN = { from: Date.parse("2015-05-17T00:00:00Z"), to: Date.parse("2015-05-19T00:00:00Z") };
const BATCH = 50;
const KILLS: Victim[] = ["both"];

const lines = readFileSync(new URL("../data/access.log", import.meta.url), "utf8")
  .trimEnd()
  .split("\n");
const meaning = { format: "combined" as const, rules: [], idPrefix: "posted", now: Date.now(), shift: 0 };
const logged: LoggedRequest[] = lines.flatMap((line, i) => {
  const read = requestOfLine(line, i + 1, meaning);
  return read.ok ? [{ ...read.value.request, user_id: read.value.request.user_id ?? read.value.client ?? "" }] : [];
});

let server: Server;
beforeAll(async () => {
  server = await startServer({ env: { OUTBOX_DELAY_MS: "500" } });
  await server.ready();
});
afterAll(() => server.stop());

/** As a source should: the same again until it is acknowledged. */
const insist = (path: string, body: string, headers: Record<string, string>) =>
  until(
    async () => {
      const answer = await server.fetch(REQUESTS + path, { method: "POST", headers, body });
      if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
      await answer.text();
      return true;
    },
    { deadlineMs: 45_000, what: `a post to ${path} is acknowledged` },
  );

let acknowledged = 0;
async function postBatches(): Promise<void> {
  for (let from = 0; from < logged.length; from += BATCH) {
    const batch = logged.slice(from, from + BATCH).map(({ route: _, ...request }) => request);
    // Half of them by the ids of the requests alone.
    const headers: Record<string, string> = from % (2 * BATCH) === 0 ? { "Idempotency-Key": `batch-${from}` } : {};
    await insist("", JSON.stringify(batch), headers);
    acknowledged += batch.length;
  }
}

async function read<T>(path: string): Promise<T> {
  const answer = await server.fetch(REQUESTS + path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

async function expectPlainCount(): Promise<void> {
  const all = [...logged, ...logged];
  for (const dimension of ["endpoint", "user_id", "status_code"] satisfies Dimension[]) {
    for (const metric of ["frequency", "bytes", "error_rate"] as const) {
      const span = `start_time=${SPAN.from}&end_time=${SPAN.to}`;
      const path = `/top-k?k=100&metric=${metric}&dimension=${dimension}&${span}`;
      const { data } = await read<{ data: { request_id: string; metric_value: number }[] }>(path);
      const said = data.map(({ request_id, metric_value }) => ({ key: request_id, value: metric_value }));
      expect(said).toEqual(plainRanking(all, { dimension, metric, k: 100 }).slice(0, 100));
    }
  }
}

/** What the audit says of the object: all of it is rolled up. The archive takes its time. */
async function isSettled(): Promise<boolean> {
  type Row = { object: string; purpose: string; rolled_up: number; pending: number; balance: number };
  const { objects } = (await (await server.fetch("/api/v1/audit?limit=100")).json()) as { objects: Row[] };
  const row = objects.find(({ object, purpose }) => object === "RequestIntake/admin/0" && purpose === "requests");
  return row !== undefined && row.pending === 0 && row.balance === 0 && row.rolled_up === 2 * logged.length;
}

it("loses nothing and counts nothing twice over kills", async () => {
  const upload = insist("/log", lines.join("\n"), { "Idempotency-Key": "whole-log" });
  const posting = postBatches();
  for (const [i, victim] of KILLS.entries()) {
    const threshold = ((i + 1) * logged.length) / (KILLS.length + 1);
    await until(() => acknowledged >= threshold, {
      deadlineMs: 45_000,
      what: `${threshold} requests are acknowledged`,
    });
    await server.kill(victim);
    await server.restart();
  }
  await Promise.all([upload, posting]);
  await expectPlainCount();
  await until(isSettled, { deadlineMs: 30_000, what: "D1 has every request once" });
  const { data } = await read<{ data: { total_requests: number }[] }>(
    "/history?start_date=2015-05-17&end_date=2015-05-18",
  );
  expect(data.reduce((sum, day) => sum + day.total_requests, 0)).toBe(2 * logged.length);
  await expectPlainCount();
}, 120_000);
