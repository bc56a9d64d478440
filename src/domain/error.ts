/* Every refusal a client can meet: one closed union of codes, one table to the HTTP status and title. */

export const ERRORS = {
  invalid_request: [400, "The request is not valid"],
  unauthorized: [401, "A valid key is needed"],
  forbidden: [403, "This key may not do that"],
  not_found: [404, "There is nothing here"],
  method_not_allowed: [405, "This method is not supported here"],
  too_large: [413, "The body is too large"],
  unsupported_encoding: [415, "This content encoding is not supported"],
  already_closed: [409, "It is closed already"],
  conflict: [422, "The same id came with other content"],
  unreadable: [422, "It still cannot be read"],
  upgrade_required: [426, "This address is a stream"],
  too_many_requests: [429, "Too many requests"],
  internal: [500, "Something went wrong on our side"],
  bad_settings: [500, "A setting of this installation is not valid"],
  sql_unavailable: [501, "Free SQL cannot be asked here"],
  unavailable: [503, "A part of the system cannot be reached"],
  overloaded: [503, "There is more to do than can be done now"],
  scheme_mismatch: [503, "The partition scheme differs from the one this installation began with"],
  newer_format: [503, "The stored data was written by a newer version"],
  log_full: [503, "The log of this stream is full"],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ErrorCode = keyof typeof ERRORS;

/** One bad field: where (RFC 6901 pointer into the body, or a parameter's name) and what is wrong with it. */
export interface FieldError {
  pointer: string;
  detail: string;
}

/** Thrown by routes and middleware only; domain and objects return a Result. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly errors: FieldError[];
  /** Further members of the problem document (what was accepted, for how long to wait). */
  readonly extra: Record<string, unknown>;

  constructor(code: ErrorCode, detail: string, extra: Record<string, unknown> = {}, errors: FieldError[] = []) {
    super(detail);
    this.name = "AppError";
    this.code = code;
    this.errors = errors;
    this.extra = extra;
  }
}

/** The code of an error that may have crossed an RPC boundary, where `instanceof` is lost but own properties survive. */
export function errorCode(error: unknown): ErrorCode | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : undefined;
}
