/* Between the queue and the sockets: each event once, overlapping events of a place in one aggregate, its end once. All of
 * it is in Redis, changed by one script per event, so that a processor that dies leaves nothing half done. */
import { connect } from "amqplib";
import { Redis } from "ioredis";
import { CHANNEL, QUEUE, settings } from "./settings.mjs";

/** Messages that may be under way between broker and Redis. */
const PREFETCH = 256;
const SEEN_S = 24 * 60 * 60;
const SWEEP_MS = 250;

/* KEYS: seen, area, ends, seq. ARGV: event, id, start, end, now, seconds to remember, channel. The number of each message is
 * there so that a client can see what it misses; nobody keeps what it would ask for. */
const TAKE = `
if not redis.call('SET', KEYS[1], 1, 'NX', 'EX', ARGV[6]) then return 0 end
local event = cjson.decode(ARGV[1])
local start, finish = tonumber(ARGV[3]), tonumber(ARGV[4])
local area = redis.call('HMGET', KEYS[2], 'start', 'end', 'count', 'alert_id', 'type', 'revision')
local from, to = tonumber(area[1]), tonumber(area[2])
local count, alert_id, kind, revision = 1, ARGV[2], event.type, 1
if from and start <= to and finish >= from then
  start, finish = math.min(start, from), math.max(finish, to)
  count, alert_id, revision = tonumber(area[3]) + 1, area[4], tonumber(area[6]) + 1
  if area[5] ~= kind then kind = 'Mixed Threats' end
end
redis.call('HSET', KEYS[2], 'start', string.format('%.0f', start), 'end', string.format('%.0f', finish), 'count', count,
  'alert_id', alert_id, 'type', kind, 'revision', revision, 'location', event.location)
redis.call('ZADD', KEYS[3], string.format('%.0f', finish), KEYS[2])
local seq = redis.call('INCR', KEYS[4])
local data = { event_type = 'open', alert_id = alert_id, event_id = ARGV[2], location = event.location, type = event.type,
  severity = event.severity, start_time = event.start_time, end_time = event.end_time, accepted_at = event.accepted_at,
  sentTime = event.start_time, duration = event.end_time,
  aggregate = { start = start, ['end'] = finish, count = count, type = kind, revision = revision } }
redis.call('PUBLISH', ARGV[7], '{"topic":"alerts","seq":' .. seq .. ',"type":"open","at":"' .. ARGV[5] .. '","data":' ..
  cjson.encode(data) .. '}')
return 1`;

/* KEYS: ends, seq. ARGV: now, channel. */
const CLOSE = `
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 100)
for _, key in ipairs(due) do
  redis.call('ZREM', KEYS[1], key)
  local area = redis.call('HMGET', key, 'alert_id', 'location', 'type')
  local seq = redis.call('INCR', KEYS[2])
  local data = { event_type = 'close', alert_id = area[1], location = area[2], type = area[3], accepted_at = ARGV[3] }
  redis.call('PUBLISH', ARGV[2], '{"topic":"alerts","seq":' .. seq .. ',"type":"close","data":' .. cjson.encode(data) .. '}')
  redis.call('DEL', key)
end
return #due`;

const redis = new Redis(settings.redis);
redis.defineCommand("take", { numberOfKeys: 4, lua: TAKE });
redis.defineCommand("closeDue", { numberOfKeys: 2, lua: CLOSE });

const time = (ms) => new Date(ms).toISOString();

async function take(message, channel) {
  const event = JSON.parse(message.content.toString());
  const { event_id: id, location, start, end, accepted } = event;
  const told = { ...event, start_time: time(start), end_time: time(end), accepted_at: time(accepted) };
  const keys = [`seen:${id}`, `area:${location.toLowerCase()}`, "ends", "seq"];
  try {
    await redis.take(...keys, JSON.stringify(told), id, start, end, time(Date.now()), SEEN_S, CHANNEL);
    channel.ack(message);
  } catch (error) {
    console.error(error);
    channel.nack(message);
  }
}

const connection = await connect(settings.amqp);
const channel = await connection.createChannel();
await channel.assertQueue(QUEUE, { durable: true });
await channel.prefetch(PREFETCH);
await channel.consume(QUEUE, (message) => message && void take(message, channel));
setInterval(() => redis.closeDue("ends", "seq", Date.now(), CHANNEL, time(Date.now())).catch(console.error), SWEEP_MS);
process.send?.("ready");
process.once("disconnect", () => process.exit(0));
