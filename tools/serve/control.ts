/* How `npm run cron` reaches the running server: a port of its own on the loopback, with a token that only the owner of the
 * state folder can read. Nothing of it is on the public port. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Holder } from "./state-folder.ts";

/** Runs the named cron and says how it went. */
export type CronRunner = (name: string) => Promise<{ ok: boolean; message: string }>;

export interface Control {
  address: NonNullable<Holder["control"]>;
  close: () => void;
}

function isToken(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function serveCrons(token: string, run: CronRunner): Server {
  return createServer(async (request, response) => {
    if (!isToken(request.headers.authorization, token)) {
      response.writeHead(401).end();
      return;
    }
    const name = decodeURIComponent((request.url ?? "").replace(/^\/cron\//, ""));
    const { ok, message } = await run(name).catch((error: unknown) => ({ ok: false, message: String(error) }));
    response.writeHead(ok ? 200 : 422, { "content-type": "text/plain" }).end(message);
  });
}

export async function openControl(run: CronRunner): Promise<Control> {
  const token = randomBytes(24).toString("base64url");
  const server = serveCrons(token, run);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // It must not keep a stopping server alive.
  server.unref();
  return { address: { port: (server.address() as AddressInfo).port, token }, close: () => server.close() };
}
