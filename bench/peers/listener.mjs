/* The door: an HTTP server that puts alerts into RabbitMQ and answers when the broker has confirmed that they are on disk. */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { connect } from "amqplib";
import { QUEUE, settings } from "./settings.mjs";

const MAX_BYTES = 1_048_576;

async function bodyOf(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error("too large");
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
}

/** One event per location. */
function eventsOf(alert) {
  const { location, locations = [location], type, timestamp, duration, id, severity = "unknown", text } = alert;
  const start = Date.parse(timestamp);
  if (Number.isNaN(start) || !(duration > 0) || typeof type !== "string") throw new Error("not an alert");
  // A place named twice in one alert is meant once.
  return [...new Set(locations)].map((place) => ({
    event_id: id === undefined ? randomUUID() : `${id}/${place}`,
    location: place.normalize("NFKC").trim(),
    type,
    severity,
    text,
    start,
    end: start + duration * 60_000,
    accepted: Date.now(),
  }));
}

const connection = await connect(settings.amqp);
const channel = await connection.createConfirmChannel();
await channel.assertQueue(QUEUE, { durable: true });

const publish = (event) =>
  new Promise((resolve, reject) => {
    const confirmed = (error) => (error ? reject(error) : resolve());
    channel.sendToQueue(QUEUE, Buffer.from(JSON.stringify(event)), { persistent: true }, confirmed);
  });

async function answer(request) {
  let events;
  try {
    const body = await bodyOf(request);
    events = (Array.isArray(body) ? body : [body]).flatMap(eventsOf);
  } catch (error) {
    return [400, { error: String(error) }];
  }
  await Promise.all(events.map(publish));
  return [200, { accepted: events.length, results: events.map(({ location, event_id }) => ({ location, event_id })) }];
}

const server = createServer(async (request, response) => {
  const [status, body] = await answer(request).catch((error) => [503, { error: String(error) }]);
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
});
server.listen(settings.port, "127.0.0.1", () => process.send?.("ready"));
process.once("disconnect", () => process.exit(0));
