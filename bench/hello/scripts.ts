/* Workers with nothing of the product in them, on the same bindings: what they do is what the platform can do here. */

export type ScriptName = "hello" | "durable" | "broadcast";

const classesOf = (names: string[]): string =>
  names.map((name) => `export class ${name} extends DurableObject {}`).join("\n");

/** Given the names of the classes that the bindings need. */
export const SCRIPTS: Record<ScriptName, (classes: string[]) => string> = {
  /** Answers one word. */
  hello: (classes) => `import { DurableObject } from "cloudflare:workers";
${classesOf(classes)}
export default { fetch: () => new Response("hello"), queue: () => {} };`,

  /** Ticks that are on the disk when they are answered, and no more than that: a call to each object that has some, one row
   * and one flush for all that wait in it. One object per symbol, or as many as PARTITIONS says. */
  durable: (classes) => `import { DurableObject } from "cloudflare:workers";
${classesOf(classes.filter((name) => name !== "PriceFeed"))}
export class PriceFeed extends DurableObject {
  waiting = [];
  isBusy = false;
  rows = 0;
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS log (n INTEGER PRIMARY KEY, body TEXT)");
  }
  append(ticks) {
    return new Promise((answer) => {
      this.waiting.push({ ticks, answer });
      if (!this.isBusy) this.write();
    });
  }
  async write() {
    this.isBusy = true;
    while (this.waiting.length > 0) {
      const jobs = this.waiting.splice(0);
      const body = JSON.stringify(jobs.map(({ ticks }) => ticks));
      this.ctx.storage.sql.exec("INSERT INTO log VALUES (?, ?)", ++this.rows, body);
      await this.ctx.storage.sync();
      for (const { ticks, answer } of jobs) answer(ticks.map(({ symbol }) => ({ symbol, seq: this.rows })));
    }
    this.isBusy = false;
  }
}
export default {
  async fetch(request, env) {
    const body = JSON.parse(await request.text());
    const ticks = Array.isArray(body) ? body : [body];
    const partitions = Number(env.PARTITIONS);
    const shares = Map.groupBy(ticks, ({ symbol }) => (partitions ? String(symbol.slice(5) % partitions) : symbol));
    const answers = await Promise.all(Array.from(shares, ([name, share]) => env.PRICE_FEED.getByName(name).append(share)));
    return Response.json({ accepted: ticks.length, results: answers.flat() });
  },
  queue: () => {},
};`,

  /** One object that sends what is posted to whoever is connected. */
  broadcast: (classes) => `import { DurableObject } from "cloudflare:workers";
${classesOf(classes.filter((name) => name !== "Hub"))}
export class Hub extends DurableObject {
  async fetch(request) {
    if (request.headers.get("Upgrade") === "websocket") {
      const { 0: client, 1: server } = new WebSocketPair();
      this.ctx.acceptWebSocket(server);
      server.send('{"type":"hello"}');
      return new Response(null, { status: 101, webSocket: client });
    }
    const text = await request.text();
    for (const socket of this.ctx.getWebSockets()) socket.send(text);
    return new Response("sent");
  }
  webSocketClose(socket) {
    socket.close(1000);
  }
}
export default { fetch: (request, env) => env.HUB.getByName("all").fetch(request), queue: () => {} };`,
};
