/* Durable Objects that only tests use. Bind each in vitest.config.ts (`testObjects`) and type it in test/env.d.ts. */
export {};
