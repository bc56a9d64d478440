/** Something the operator must change. Shown as one line, without a stack, and the process ends with 1. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** The message of an error, in one line; the cause where the error itself says nothing of use, as fetch does. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error.cause instanceof Error ? error.cause : error;
  const { code } = inner as NodeJS.ErrnoException;
  return inner.message.split("\n")[0] || code || inner.name;
}
