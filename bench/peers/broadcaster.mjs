/* The sockets: Socket.IO, fed by Redis pub/sub. Over WebSocket alone and without compression, which is its fastest. */
import { createServer } from "node:http";
import { Redis } from "ioredis";
import { Server } from "socket.io";
import { CHANNEL, settings } from "./settings.mjs";

const server = createServer();
const io = new Server(server, { transports: ["websocket"], perMessageDeflate: false, serveClient: false });
const redis = new Redis(settings.redis);
redis.on("message", (_, text) => io.emit("alert", JSON.parse(text)));
await redis.subscribe(CHANNEL);
server.listen({ port: settings.port, host: "127.0.0.1", backlog: 4_096 }, () => process.send?.("ready"));
process.once("disconnect", () => process.exit(0));
