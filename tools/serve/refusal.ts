/** Something the operator must change. Shown as one line, without a stack, and the process ends with 1. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** The message of an operating system's error, in one line. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}

/** What is said of whatever ended a start: one line where the operator or the machine is the reason, a stack where we are. */
export function lastWords(error: unknown): unknown {
  if (error instanceof Refusal) return error.message;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined) return `The server cannot start: ${reasonOf(error)}`;
  if (code === "ERR_RUNTIME_FAILURE") return `The runtime does not start: ${runtimeReason((error as Error).message)}`;
  return error;
}

/** workerd's own last line, out of the log that Miniflare puts into its error: lines of JSON. */
function runtimeReason(message: string): string {
  const said = message.split("\n").flatMap((line) => {
    const text = /"message":("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
    return text === undefined ? [] : (JSON.parse(text) as string).trim().split("\n");
  });
  return said.at(-1) ?? reasonOf(message);
}
