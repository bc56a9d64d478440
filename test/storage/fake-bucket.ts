/* A bucket in memory, as far as the archive uses one: what is put is there at once, lists come in the order of keys. */

interface Stored {
  bytes: Uint8Array;
  uploaded: Date;
  customMetadata: Record<string, string>;
}

export class FakeBucket {
  readonly stored = new Map<string, Stored>();
  /** The next so many calls fail. */
  failures = 0;
  now: () => number;

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  get bucket(): R2Bucket {
    return {
      put: async (key: string, bytes: Uint8Array, { customMetadata = {} }: R2PutOptions = {}) => {
        this.#mayFail();
        this.stored.set(key, { bytes: bytes.slice(), uploaded: new Date(this.now()), customMetadata });
      },
      get: async (key: string, options?: { range?: { offset: number; length: number } }) => {
        this.#mayFail();
        const found = this.stored.get(key);
        const { offset = 0, length = found?.bytes.byteLength ?? 0 } = options?.range ?? {};
        return found === undefined
          ? null
          : { arrayBuffer: async () => found.bytes.slice(offset, offset + length).buffer };
      },
      delete: async (keys: string | string[]) => {
        this.#mayFail();
        for (const key of [keys].flat()) this.stored.delete(key);
      },
      list: async ({ prefix = "", startAfter = "", limit = 1_000 }: R2ListOptions) => {
        this.#mayFail();
        const keys = [...this.stored.keys()].filter((key) => key.startsWith(prefix) && key > startAfter).sort();
        const objects = keys.slice(0, limit).map((key) => {
          const { uploaded, customMetadata } = this.stored.get(key) as Stored;
          return { key, uploaded, customMetadata };
        });
        return { objects, truncated: keys.length > limit, delimitedPrefixes: [] };
      },
    } as unknown as R2Bucket;
  }

  #mayFail(): void {
    if (this.failures > 0) {
      this.failures--;
      throw new Error("R2: internal error");
    }
  }
}
