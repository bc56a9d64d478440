/* The durable objects, one class each. */
export { AlertArea } from "./alert-area";
export { AlertSpool } from "./alert-spool";
export { Hub } from "./hub";
export { MetricIntake } from "./metric-intake";
export { NodeMonitor } from "./node-monitor";
export { PriceFeed } from "./price-feed";
export { Relay } from "./relay";
export { RequestIntake } from "./request-intake";
export { Topic } from "./topic";
