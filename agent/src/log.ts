/* Lines for whoever runs the agent, on stderr: stdout is for --print. What repeats is said once, until something else is said
 * under the same name. */

export interface Log {
  say(line: string): void;
  /** For --verbose. */
  detail(line: string): void;
  /** A state that lasts, such as a server that cannot be reached; undefined when it is over. */
  state(name: string, line: string | undefined): void;
}

export function logTo(write: (line: string) => void, verbose: boolean): Log {
  const states = new Map<string, string | undefined>();
  const say = (line: string) => write(`tidings-agent: ${line}\n`);
  return {
    say,
    detail: (line) => verbose && say(line),
    state(name, line) {
      if (states.get(name) === line) return;
      states.set(name, line);
      if (line !== undefined) say(line);
    },
  };
}
