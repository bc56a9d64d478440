/* Single requests beyond the logs of their objects, in workerd: what has left a log is read from the bucket, by the manifest
 * that the real consumer wrote. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { ARCHIVE_PURPOSE, type ArchiveMessage } from "../../src/domain/archive/batch";
import type { KeptRequests } from "../../src/domain/requests/answers";
import type { RequestIntake } from "../../src/durable-objects/request-intake";
import { packMessage } from "../../src/storage/archive";
import { objectsOf } from "../../src/storage/queries/registry";
import { deliver } from "./archiving";
import { bob, get, type Person, post, problem, sensor } from "./people";

const REQUESTS = "/api/v1/requests";
let viewer: Person;
beforeAll(async () => {
  viewer = await bob();
});

interface Lines {
  ledger: { partsAfter(purpose: string, cursor: { epoch: string; pos: number }): Promise<string[]> };
}

/** A source whose object can be archived, and forget. */
class Source {
  readonly person: Person;
  #sent: ArchiveMessage | undefined;
  #serial = 0;
  constructor(person: Person) {
    this.person = person;
  }

  post = async (count: number, more: Record<string, unknown> = {}): Promise<string[]> => {
    const ids = Array.from({ length: count }, () => `${this.person.id}-${++this.#serial}`);
    const common = { timestamp: Date.now() - 1_000, endpoint: "/kept", method: "GET", status_code: 200, ...more };
    for (const request_id of ids) {
      expect((await post(this.person, REQUESTS, { request_id, ...common })).status).toBe(200);
    }
    return ids;
  };

  async #intake() {
    const isMine = (name: string) => name.startsWith(`${this.person.id}/`);
    const names = await vi.waitFor(async () => {
      const found = (await objectsOf(env.DB, "RequestIntake")).filter(isMine);
      expect(found).toHaveLength(1);
      return found;
    });
    const name = names[0] as string;
    return { name, stub: env.REQUEST_INTAKE.getByName(name) };
  }

  /** What the object has not sent yet, through the consumer; the key in the bucket that it is under. */
  async archive(): Promise<string> {
    const { name, stub } = await this.#intake();
    const { epoch, head, accepted } = await stub.audit([]);
    const from = this.#sent?.to ?? { epoch: "", pos: 0 };
    const parts = await runInDurableObject(stub, (object: RequestIntake) =>
      (object as unknown as Lines).ledger.partsAfter(ARCHIVE_PURPOSE, from),
    );
    const object = `RequestIntake/${name}`;
    const envelope = { v: 1 as const, object, purpose: ARCHIVE_PURPOSE, from, to: { epoch, pos: head } };
    const events = accepted - (this.#sent?.events ?? 0);
    const message = await packMessage(env.ARCHIVE, { ...envelope, events, parts });
    expect(await deliver(message)).toEqual(["ack"]);
    this.#sent = { ...message, events: accepted };
    const sql = "SELECT key FROM archive WHERE object = ? AND to_pos = ?";
    return (await env.DB.prepare(sql).bind(object, head).first<string>("key")) as string;
  }

  /** As if its archived rows had been recycled. */
  async forget(): Promise<void> {
    const { stub } = await this.#intake();
    await runInDurableObject(stub, (_: RequestIntake, { storage }) => {
      storage.sql.exec("DELETE FROM log WHERE n <= ?", this.#sent?.to.pos);
    });
  }
}

const source = async () => new Source(await sensor());
const list = async (query: string): Promise<KeptRequests> => (await get(viewer, `${REQUESTS}?${query}`)).json();
const idsOf = ({ data }: KeptRequests) => data.map(({ request_id }) => request_id);

async function readAll(query: string, between: () => Promise<unknown> = async () => {}): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: KeptRequests = await list(`${query}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    ids.push(...idsOf(page));
    cursor = page.next_cursor;
    await between();
  }
  return ids;
}

describe("requests that have left the log", () => {
  it("are found in the archive, together with those that have not, each once", async () => {
    const one = await source();
    const user_id = "ann-archive";
    const old = await one.post(3, { user_id });
    await one.archive();
    await one.forget();
    const young = await one.post(2, { user_id });
    await one.archive();
    const newest = await one.post(1, { user_id });
    const expected = [...old, ...young, ...newest].toReversed();
    const page = await list(`user_id=${user_id}`);
    expect(idsOf(page)).toEqual(expected);
    expect(page).toMatchObject({ next_cursor: null, looked: { back_to: null, complete: true } });
    expect(page.looked.archive_parts).toBeGreaterThan(0);
    expect(await readAll(`user_id=${user_id}&limit=2`)).toEqual(expected);
    expect(idsOf(await list(`user_id=${user_id}&to=${Date.now() - 60_000}`))).toEqual([]);
  });

  it("are on the next page when they leave between two", async () => {
    const [one, other] = [await source(), await source()];
    const user_id = "ben-archive";
    const ids = [...(await one.post(3, { user_id })), ...(await other.post(3, { user_id }))];
    let pages = 0;
    const leave = async () => {
      if (++pages !== 1) return;
      for (const each of [one, other]) {
        await each.archive();
        await each.forget();
      }
    };
    expect(await readAll(`user_id=${user_id}&limit=2`, leave)).toEqual(ids.toReversed());
    expect(pages).toBe(3);
  });

  it("are found by their id, or a 404 says how far was looked", async () => {
    const one = await source();
    const [id] = await one.post(2);
    await one.archive();
    await one.forget();
    const found = await (await get(viewer, `${REQUESTS}/${id}`)).json<{ data: object }>();
    expect(found).toMatchObject({ data: { request_id: id, source: one.person.id, endpoint: "/kept" } });
    const missing = await problem(await get(viewer, `${REQUESTS}/nobody-posted-it`));
    expect(missing).toMatchObject({ status: 404, looked: { back_to: null, complete: true }, next_cursor: null });
    const refused = await problem(await get(viewer, `${REQUESTS}/${id}?cursor=x`));
    expect([refused.status, refused.errors[0]?.pointer]).toEqual([400, "cursor"]);
  });

  it("are said to be unread where the bucket lost or spoiled them, and the others are shown", async () => {
    const user_id = "cleo-archive";
    const [lost, spoiled, whole] = [await source(), await source(), await source()];
    const keys = new Map<Source, string>();
    const ids = new Map<Source, string[]>();
    for (const each of [lost, spoiled, whole]) {
      ids.set(each, await each.post(2, { user_id }));
      keys.set(each, await each.archive());
      await each.forget();
    }
    const before = keys.get(spoiled) as string;
    const { size } = (await env.ARCHIVE.head(before)) as R2Object;
    await env.ARCHIVE.put(before, new Uint8Array(size).fill(7));
    await env.ARCHIVE.delete(keys.get(lost) as string);
    const page = await list(`user_id=${user_id}`);
    expect(idsOf(page)).toEqual(ids.get(whole)?.toReversed());
    expect(page.looked.complete).toBe(false);
    const said = page.unread?.map(({ key, reason }) => [key, reason]).sort();
    expect(said).toEqual(
      [
        [keys.get(lost), "missing"],
        [before, "unreadable"],
      ].sort(),
    );
    const refused = await problem(await get(viewer, `${REQUESTS}/${ids.get(lost)?.[0]}`));
    expect(refused.detail).toContain("2 parts of the archive could not be read");
  });
});
