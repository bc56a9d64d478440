/* Refusals as sentences. Pure: a problem document (RFC 9457) in, what happened and what to do out. */

export interface Problem {
  status: number;
  title: string;
  detail: string;
  errors: { pointer: string; detail: string }[];
  requestId: string | undefined;
  retryAfterS: number | undefined;
}

type Fields = Record<string, unknown>;
const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** Whatever the body is (a proxy's HTML page, nothing), the result is a problem that can be shown. */
export function problemOf(status: number, body: unknown, retryAfter?: string | null): Problem {
  const fields: Fields = typeof body === "object" && body !== null ? (body as Fields) : {};
  const errors = Array.isArray(fields.errors) ? (fields.errors as Fields[]) : [];
  const seconds = Number(retryAfter ?? Number.NaN);
  return {
    status,
    title: text(fields.title) ?? `The server answered with status ${status}`,
    detail: text(fields.detail) ?? "",
    errors: errors.map((e) => ({ pointer: text(e?.pointer) ?? "", detail: text(e?.detail) ?? "" })),
    requestId: text(fields.request_id),
    retryAfterS: Number.isFinite(seconds) ? seconds : undefined,
  };
}

export const unreachable = (): Problem => ({
  ...problemOf(0, { title: "The server cannot be reached", detail: "" }),
});

/** What the person in front of the page can do about it. */
export function adviceFor(problem: Problem): string {
  if (problem.status === 0) return "Check that the server runs and that this device is online. The page keeps trying.";
  if (problem.status === 401) return "Sign in again with a valid key.";
  if (problem.status === 403) return "Sign in with a key whose role may read this, or ask an administrator for one.";
  if (problem.status === 404) return "Check the address, or go back to the list.";
  if (problem.status === 429 || problem.status === 503) {
    return problem.retryAfterS === undefined
      ? "This usually passes by itself. The page tries again."
      : `This usually passes by itself. Try again in ${problem.retryAfterS} s.`;
  }
  if (problem.status >= 500) return "Try again; if it stays, give the request number to whoever runs this server.";
  return "Correct what is named and try again.";
}

const sentence = (part: string): string => (/[.!?]$/.test(part) ? part : `${part}.`);

/** One line: what happened, where, what to do. */
export function sentenceOf(problem: Problem): string {
  const fields = problem.errors.map((e) => (e.pointer === "" ? e.detail : `${e.pointer}: ${e.detail}`));
  const what = problem.detail === problem.title ? [problem.title] : [problem.title, problem.detail];
  return [...what, ...fields, adviceFor(problem)]
    .filter((part) => part !== "")
    .map(sentence)
    .join(" ");
}
