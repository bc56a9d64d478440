/* Where the server's words go: a terminal, a pipe, or a file that may be on the disk whose being full is what there is to say. */

/** A line that nobody can keep is lost, and ends nothing: Node would end the process with the first. Later ones are tried again. */
export function outliveOutput(streams: readonly NodeJS.WritableStream[] = [process.stdout, process.stderr]): void {
  for (const stream of streams) stream.on("error", () => undefined);
}
