/* The durable objects, one class each. */
export { Hub } from "./hub";
export { PriceFeed } from "./price-feed";
export { Topic } from "./topic";
