/* The Worker under test begins anew with each file: what its isolate remembers goes with its environment (src/worker/remembered.ts). */

let own: Env | undefined;
let began = 0;

/** From now on the Worker remembers nothing. */
export function forget(): void {
  own = undefined;
}

/** For a new file: what was sent before is not its own either. */
export function beginAnew(): void {
  forget();
  began = Date.now();
}

/** The environment that the Worker is given since it forgot. */
export function ownOf(env: Env): Env {
  own ??= { ...env };
  return own;
}

/** Whether a message was sent since the file began: queues live longer. */
export const isOurs = ({ timestamp }: Message): boolean => timestamp.getTime() >= began;
