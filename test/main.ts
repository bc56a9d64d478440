/* The Worker under test: the real one, and the Durable Objects that only tests use. */

export * from "../src/worker/index";
export { default } from "../src/worker/index";
export * from "./objects";
