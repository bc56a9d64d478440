/** Microseconds of the machine's monotonic clock: every process of this machine reads the same one. */
const offset = Number(process.hrtime.bigint()) / 1e3 - performance.now() * 1e3;

export const nowUs = (): number => performance.now() * 1e3 + offset;

/** Milliseconds as a server's timestamps count them, with fractions. */
export const wallMs = (): number => performance.timeOrigin + performance.now();
