/* The ambient Env: what wrangler.toml binds. Nobody imports it; a binding is added here and there together. */
declare namespace Cloudflare {
  interface Env {
    /** The page's files; locally a worker of its own under the same name. */
    ASSETS: Fetcher;
    /** What follows from the ledgers, and accounts (storage/tables.ts). */
    DB: D1Database;
    /** What ledgers send downstream (domain/event.ts). */
    EVENTS: Queue<import("./domain/event").OutboxMessage>;
    /** Entries of ledgers on their way to the bucket (domain/archive/batch.ts). */
    ARCHIVE_QUEUE: Queue<import("./domain/archive/batch").ArchiveMessage>;
    /** The archive: compressed entries of all ledgers; the manifest in D1 says what is where. */
    ARCHIVE: R2Bucket;
    ANALYTICS: AnalyticsEngineDataset;
    /** Aggregations of requests that wait to be worked (domain/requests/aggregate.ts). */
    AGGREGATIONS: Queue<import("./domain/requests/aggregate").AggregationMessage>;
    /** Points that were too many for one invocation (queues/points.ts). */
    POINTS: Queue<{ v: 1; points: import("./storage/analytics").Point[] }>;
    PRICE_FEED: DurableObjectNamespace<import("./durable-objects/price-feed").PriceFeed>;
    ALERT_AREA: DurableObjectNamespace<import("./durable-objects/alert-area").AlertArea>;
    ALERT_SPOOL: DurableObjectNamespace<import("./durable-objects/alert-spool").AlertSpool>;
    NODE_MONITOR: DurableObjectNamespace<import("./durable-objects/node-monitor").NodeMonitor>;
    METRIC_INTAKE: DurableObjectNamespace<import("./durable-objects/metric-intake").MetricIntake>;
    REQUEST_INTAKE: DurableObjectNamespace<import("./durable-objects/request-intake").RequestIntake>;
    TOPIC: DurableObjectNamespace<import("./durable-objects/topic").Topic>;
    HUB: DurableObjectNamespace<import("./durable-objects/hub").Hub>;
    RELAY: DurableObjectNamespace<import("./durable-objects/relay").Relay>;
    // Variables: strings as deployed, parsed by domain/settings.ts.
    PRICE_PARTITIONS?: string;
    AREA_PARTITIONS?: string;
    NODE_PARTITIONS?: string;
    INTAKE_PARTITIONS?: string;
    SERIES_LIMIT?: string;
    REQUEST_PARTITIONS?: string;
    ENDPOINT_RULES?: string;
    HASH_CLIENTS?: string;
    OWN_TRAFFIC_SAMPLE?: string;
    ALERT_GRACE_MS?: string;
    SPOOLS?: string;
    CAP_SENDER?: string;
    HUB_MAX_SOCKETS?: string;
    HUB_MAX?: string;
    HUB_CHILDREN?: string;
    PUBLIC_SOCKETS_PER_MINUTE?: string;
    OUTBOX_DELAY_MS?: string;
    NEW_NODES_PER_HOUR?: string;
    MAX_WAITING?: string;
    CORS_ORIGINS?: string;
    PUBLIC_TOPICS?: string;
    AE_ACCOUNT_ID?: string;
    AE_API_URL?: string;
    /** Secret: may read the account's analytics. */
    AE_API_TOKEN?: string;
    /** Secret: what secrets in D1 are sealed under; ADMIN_KEY without it. */
    SEAL_KEY?: string;
    /** Secret: the first admin key. It is accepted as it is and never stored. */
    ADMIN_KEY?: string;
    /** "local" where Analytics Engine's binding does nothing, so that points go to the D1 table `points`. */
    TIDINGS_RUNTIME?: string;
  }
}
interface Env extends Cloudflare.Env {}
/** What is used of Node's zlib: the platform has it, its types do not come with workers-types. */
declare module "node:zlib" {
  export function deflateRawSync(data: string | Uint8Array, options?: { level?: number }): Uint8Array;
  export function inflateRawSync(data: Uint8Array): Uint8Array;
  export function gzipSync(data: string | Uint8Array, options?: { level?: number }): Uint8Array;
  export function gunzipSync(data: Uint8Array): Uint8Array;
}
