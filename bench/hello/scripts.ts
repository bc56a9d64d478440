/* Workers with nothing of the product in them, on the same bindings: what they do is what the platform can do here. */

export type ScriptName = "hello" | "broadcast";

const classesOf = (names: string[]): string =>
  names.map((name) => `export class ${name} extends DurableObject {}`).join("\n");

/** Given the names of the classes that the bindings need. */
export const SCRIPTS: Record<ScriptName, (classes: string[]) => string> = {
  /** Answers one word. */
  hello: (classes) => `import { DurableObject } from "cloudflare:workers";
${classesOf(classes)}
export default { fetch: () => new Response("hello"), queue: () => {} };`,

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
