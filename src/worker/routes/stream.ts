/* GET /api/v1/stream: live frames, as a WebSocket or as server-sent events. */
import * as z from "zod";
import { mayHear } from "../../domain/access/principal";
import { placeList } from "../../domain/alerts/location";
import { AppError } from "../../domain/error";
import { Filter, MAX_TOPICS, type Subscription } from "../../domain/frame";
import { type Position, parsePosition } from "../../domain/ledger/position";
import { matcherOf } from "../../domain/live/filter";
import { MAX_SSE_TOPICS, parseEventId, SseTranslator } from "../../domain/live/sse";
import { canonicalTopic, mayBeFiltered, topicsFit } from "../../domain/live/topic";
import { asciiJson, PRINCIPAL_HEADER, STREAM_HEADER, TOPICS_HEADER } from "../../durable-objects/hub/seat";
import { type AppContext, type StreamOwner, settings } from "../context";
import { admitStranger } from "../middleware/strangers";
import { principalOfStream } from "../middleware/stream-principal";
import { problemResponse } from "../on-error";
import { openOnHub } from "../placement";
import { group, route } from "../route";
import { eventStream } from "../sse";

/** Clients come back after this and a random part of the same: after a deploy they all come. */
const RETRY_MS = 1_000;
const RETRY_SPREAD_MS = 4_000;

const StreamQuery = z.object({
  topics: z.string().max(16_384).optional().describe("Topics, separated by commas: `prices/AAPL,symbols`"),
  after: z
    .string()
    .max(16_384)
    .optional()
    .describe(
      "`<epoch>:<seq>` for each topic in the same order, separated by commas; an empty one begins with a snapshot",
    ),
  locations: placeList(16_384)
    .optional()
    .describe(
      "Topic `alerts`: only of these places, separated by commas, or a JSON list where a name holds one; `*` at the end: " +
        "whatever begins so",
    ),
  severities: z
    .string()
    .max(200)
    .optional()
    .describe("Topic `alerts`: only of these severities, separated by commas; `unknown` always comes"),
  ticket: z.string().max(200).optional().describe("Instead of a key, for browsers: POST /api/v1/tickets"),
  stream: z.string().max(64).optional().describe("The id from the hello message, for a ticket's reconnects"),
});
type StreamQuery = z.infer<typeof StreamQuery>;

const bad = (parameter: string, detail: string): AppError =>
  new AppError("invalid_request", `${parameter} ${detail}`, {}, [{ pointer: parameter, detail }]);

const listOf = (text: string | undefined): string[] => (text ?? "").split(",").filter((part) => part.trim() !== "");

function subscriptionsOf(query: StreamQuery, max: number): Subscription[] {
  const names = listOf(query.topics);
  if (names.length > max) throw bad("topics", `may name at most ${max}`);
  const positions = (query.after ?? "") === "" ? [] : (query.after as string).split(",");
  if (positions.length > names.length) throw bad("after", "has more positions than there are topics");
  const filter = filterOf(query);
  if (filter !== undefined && !names.some(mayBeFiltered)) throw bad("topics", "names none that has a filter");
  const subscriptions = names.map((topic, i) => {
    const text = positions[i] ?? "";
    const after = text === "" ? undefined : parsePosition(text);
    if (text !== "" && after === undefined) throw bad("after", "must be <epoch>:<seq> for each topic");
    const isFiltered = filter !== undefined && mayBeFiltered(topic);
    return { topic, ...(after === undefined ? {} : { after }), ...(isFiltered ? { filter } : {}) };
  });
  if (!topicsFit(new Map(subscriptions.map(({ topic, filter: of }) => [topic, matcherOf(of)])))) {
    throw bad("topics", "and places are more than 8 KB");
  }
  return subscriptions;
}

/** One filter for all topics of the address that have any. */
function filterOf({ locations, severities }: StreamQuery): Filter | undefined {
  if (locations === undefined && severities === undefined) return undefined;
  const result = Filter.safeParse({ locations: locations ?? [], severities: listOf(severities) });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw bad(String(issue?.path[0] ?? "locations"), issue?.message ?? "is not valid");
}

/** The hub believes what these headers say, so nothing of the client's request is passed on. */
async function openSocket(c: AppContext, owner: StreamOwner, subscriptions: Subscription[]): Promise<Response> {
  const { id, role, scope } = owner.principal;
  const request = new Request("https://hub/", {
    headers: {
      Upgrade: "websocket",
      [PRINCIPAL_HEADER]: JSON.stringify({ id, role, name: "", scope }),
      [STREAM_HEADER]: owner.stream,
      [TOPICS_HEADER]: asciiJson(subscriptions),
    },
  });
  const response = await openOnHub(c.env, request, c.req.raw.cf as { continent?: string } | undefined);
  if (response === undefined) throw new AppError("unavailable", "There is no room for another stream now. Try again.");
  return response;
}

/** One spelling per topic, and a refusal before the stream begins: a client of events cannot be told as well later. */
function allowedTopics(c: AppContext, owner: StreamOwner, subscriptions: Subscription[]): Subscription[] {
  if (subscriptions.length === 0) throw bad("topics", "must name at least one topic");
  return subscriptions.map((subscription) => {
    const topic = canonicalTopic(subscription.topic);
    if (topic === undefined) throw new AppError("not_found", `There is no topic ${subscription.topic}.`);
    if (mayHear(owner.principal, topic, settings(c).PUBLIC_TOPICS)) return { ...subscription, topic };
    if (owner.principal.role !== null) throw new AppError("forbidden", `This key may not listen to ${topic}.`);
    throw new AppError("unauthorized", `Without a key or a ticket nobody may listen to ${topic}.`);
  });
}

/** What the client has: as its last event says, else as the address says. */
function resumed(c: AppContext, subscriptions: Subscription[]): Subscription[] {
  const id = parseEventId(c.req.header("Last-Event-ID") ?? "", subscriptions.length);
  if (id === undefined) return subscriptions;
  return subscriptions.map(({ after: _, ...wish }, i) => (id[i] ? { ...wish, after: id[i] as Position } : wish));
}

async function openEvents(c: AppContext, owner: StreamOwner, query: StreamQuery): Promise<Response> {
  const wished = allowedTopics(c, owner, subscriptionsOf(query, MAX_SSE_TOPICS));
  const subscriptions = resumed(c, wished);
  const { webSocket } = await openSocket(c, owner, subscriptions);
  if (webSocket === null) throw new AppError("unavailable", "The hub did not open a stream. Try again.");
  const translator = new SseTranslator(
    subscriptions.map(({ topic }) => topic),
    subscriptions.map(({ after }) => after ?? null),
  );
  return eventStream(webSocket, { translator, retryMs: RETRY_MS + Math.random() * RETRY_SPREAD_MS });
}

const open = route(
  {
    method: "GET",
    path: "/",
    summary: "Live frames",
    detail:
      'As a WebSocket (`Upgrade: websocket`): send `{"type":"subscribe","topics":[{"topic":"prices/AAPL"}]}`. As ' +
      "server-sent events (`Accept: text/event-stream`): up to 10 `topics` in the address; each event's id resumes all of them.",
    query: StreamQuery,
    headers: { "Last-Event-ID": "Server-sent events: go on after this event" },
    answers: {
      101: { description: "A WebSocket" },
      200: { description: "Server-sent events", contentType: "text/event-stream" },
    },
    errors: ["invalid_request", "not_found", "upgrade_required", "too_many_requests", "unavailable"],
  },
  async (c, { query }) => {
    const owner = await principalOfStream(c);
    if (owner.principal.role === null) admitStranger(c);
    if (c.req.header("Upgrade")?.toLowerCase() === "websocket") {
      return openSocket(c, owner, subscriptionsOf(query, MAX_TOPICS));
    }
    if (c.req.header("Accept")?.includes("text/event-stream")) return openEvents(c, owner, query);
    const detail = "Open it as a WebSocket, or ask for server-sent events with Accept: text/event-stream.";
    const refusal = problemResponse(new AppError("upgrade_required", detail), c);
    refusal.headers.set("upgrade", "websocket");
    return refusal;
  },
);

export const stream = [group("Stream", "/api/v1/stream", "stream", [open])];
