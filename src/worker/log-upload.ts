/* Storing an uploaded log, a chunk of lines after the other. Each chunk has an identity (the upload's key and its number) and
 * a hash of its lines, so whoever repeats an upload that broke off stores each line once. */
import { AppError, type ErrorCode, type FieldError } from "../domain/error";
import { fingerprint } from "../domain/ledger/fingerprint";
import type { UploadedLog } from "../domain/requests/answers";
import { type RequestShare, sharesOf } from "../domain/requests/posting";
import type { LoggedRequest } from "../domain/requests/request";
import { CHUNK_LINES, type LineMeaning, NAMED_LINES, requestOfLine } from "../domain/requests/upload";
import { settingsOf } from "../domain/settings";
import { hashedClient } from "./hashed-client";
import type { Line } from "./read-lines";
import { storeRequests } from "./store-requests";

export interface Upload {
  env: Env;
  /** Whose log it is. */
  source: string;
  /** Within it, of the whole upload; `named` when it is the caller's own. */
  key: string;
  named: boolean;
  meaning: LineMeaning;
}

interface Read {
  line: number;
  request: LoggedRequest;
}

export class LogUpload {
  readonly #upload: Upload;
  readonly #done: UploadedLog = { accepted: 0, duplicates: 0, lines: 0, chunks: 0, bad: 0, bad_lines: [] };
  #chunk: Line[] = [];

  constructor(upload: Upload) {
    this.#upload = upload;
  }

  /** What is stored by now. */
  get done(): UploadedLog {
    return this.#done;
  }

  /** Takes a line; every thousandth stores its chunk. Throws 422 or 503 with what is stored already. */
  async take(line: Line): Promise<void> {
    // By the lines' numbers: the same lines are in the same chunk however the body was cut on its way.
    const isNext = this.#numberOf(line) !== this.#numberOf(this.#chunk[0] ?? line);
    if (isNext) await this.#store();
    this.#chunk.push(line);
  }

  /** The last chunk. */
  async end(): Promise<void> {
    if (this.#chunk.length > 0) await this.#store();
  }

  /** An error of the body's own, with what was stored before it. */
  brokenBy(error: unknown): unknown {
    if (!(error instanceof AppError) || this.#done.chunks === 0 || "chunks" in error.extra) return error;
    return this.#broken({ code: error.code, detail: error.message }, error.errors);
  }

  #numberOf = ({ number }: Line): number => Math.floor((number - 1) / CHUNK_LINES);

  #complain(line: number, detail: string): void {
    this.#done.bad++;
    if (this.#done.bad_lines.length < NAMED_LINES) this.#done.bad_lines.push({ line, detail });
  }

  async #store(): Promise<void> {
    const lines = this.#chunk;
    this.#chunk = [];
    const number = this.#numberOf(lines[0] as Line);
    const reads = await this.#read(lines);
    if (reads.length > 0) await this.#send(number, lines, reads);
    this.#done.lines += lines.length;
    this.#done.chunks++;
  }

  async #read(lines: readonly Line[]): Promise<Read[]> {
    const { env, meaning } = this.#upload;
    const hashing = settingsOf(env).HASH_CLIENTS;
    const reads: Read[] = [];
    for (const { number, text } of lines) {
      const read =
        text === undefined ? { ok: false as const, error: "is too long" } : requestOfLine(text, number, meaning);
      if (!read.ok) {
        this.#complain(number, read.error);
        continue;
      }
      const { request, client } = read.value;
      if (client !== undefined) request.user_id = hashing ? await hashedClient(env, client) : client;
      reads.push({ line: number, request });
    }
    return reads;
  }

  /** An id that came before with other content is one bad line: the others are sent again without it. */
  async #send(number: number, lines: readonly Line[], reads: Read[]): Promise<void> {
    const { env, meaning } = this.#upload;
    const shares = this.#sharesOf(number, lines, reads);
    const { accepted, duplicates, failed } = await storeRequests(env, shares);
    this.#done.accepted += accepted;
    this.#done.duplicates += duplicates;
    if (failed.length === 0) return;
    const conflicts = new Set<number>();
    for (const { share, answer } of failed) {
      if (answer.ok) continue;
      // Lines of a combined log have no ids that could come again: the whole chunk did, under this key.
      if (answer.code !== "conflict" || meaning.format === "combined") throw this.#broken(answer);
      share.indexes.forEach((index, i) => {
        if (answer.receipts[i]?.status === "conflict") conflicts.add(index);
      });
    }
    for (const index of conflicts) {
      this.#complain((reads[index] as Read).line, "its request_id came before with other content");
    }
    const left = failed.flatMap(({ share }) => share.indexes).filter((index) => !conflicts.has(index));
    if (left.length > 0)
      await this.#send(
        number,
        lines,
        left.map((index) => reads[index] as Read),
      );
  }

  #sharesOf(number: number, lines: readonly Line[], reads: readonly Read[]): Map<string, RequestShare> {
    const { env, source, key, named, meaning } = this.#upload;
    const text = lines.map((line) => line.text ?? "").join("\n");
    const sender = { source, key: `${key}#${number}`, hash: named ? fingerprint(text).toString(36) : "" };
    const requests = reads.map(({ request }) => request);
    return sharesOf(requests, sender, settingsOf(env).REQUEST_PARTITIONS, meaning.format === "ndjson");
  }

  #broken({ code, detail }: { code: ErrorCode; detail: string }, errors: FieldError[] = []): AppError {
    const text = `Lines after ${this.#done.lines} are not stored: ${detail}`;
    return new AppError(code, text, { ...this.#done }, errors);
  }
}
