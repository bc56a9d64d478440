/* Where the parts find each other; set by stack.ts. */
export const QUEUE = "alerts";
export const CHANNEL = "alerts";

export const settings = {
  port: Number(process.env.PEERS_PORT),
  amqp: process.env.PEERS_AMQP,
  redis: process.env.PEERS_REDIS,
};
