/* What only tests are bound to (vitest.config.ts). */
declare namespace Cloudflare {
  interface Env {
    TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
    COUNTER: DurableObjectNamespace<import("./objects").Counter>;
  }
  interface GlobalProps {
    mainModule: typeof import("./main");
  }
}
