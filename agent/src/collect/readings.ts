/* What can be read of a machine at one moment. Counters only grow; what is made of them is in metrics.ts. */

export interface Core {
  /** Milliseconds since the start of the machine. */
  busy: number;
  total: number;
}

export interface Memory {
  total: number;
  available: number;
  swapTotal: number;
  swapUsed: number;
}

export interface Disk {
  mount: string;
  size: number;
  available: number;
  usedPercent: number;
}

export interface DiskBytes {
  read: number;
  written: number;
}

export interface Interface {
  name: string;
  rxBytes: number;
  txBytes: number;
  rxErrors: number;
  txErrors: number;
}

export interface Readings {
  cores: Core[];
  /** Over 1, 5 and 15 minutes. */
  load: number[];
  memory: Memory;
  disks: Disk[];
  diskBytes: DiskBytes;
  interfaces: Interface[];
  uptimeS: number;
  processes: number;
  temperature: number;
  agentBytes: number;
}

/** A reading, when it was taken (milliseconds since the machine started), and the one before it, for rates. */
export interface Taken<T> {
  value: T;
  at: number;
  before?: { value: T; at: number };
}

/** What could be read. */
export type Taking = { [K in keyof Readings]?: Taken<Readings[K]> };
