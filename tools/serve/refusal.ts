/** Something the operator must change. Shown as one line, without a stack, and the process ends with 1. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** The message of an operating system's error, in one line. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
