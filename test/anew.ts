/* The Worker under test begins anew with each file: what its isolate remembers goes with its environment (src/worker/remembered.ts). */

let own: Env | undefined;
let began = 0;

/** From now on the Worker remembers nothing. */
export function beginAnew(): void {
  own = undefined;
  began = Date.now();
}

/** The environment that the Worker is given since it began. */
export function ownOf(env: Env): Env {
  own ??= { ...env };
  return own;
}

/** Whether a message was sent since then: queues live longer than a file. */
export const isOurs = ({ timestamp }: Message): boolean => timestamp.getTime() >= began;
