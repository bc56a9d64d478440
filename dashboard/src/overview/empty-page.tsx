/* Nothing has been posted yet: how to change that, ready to paste. */
import { KeyedCommand } from "../ui/keyed-command";

/** `timestamp` is filled in by the shell, so that a command pasted tomorrow does not post today's time. */
const commandWith = (key: string): string =>
  [
    `curl ${location.origin}/api/v1/prices \\`,
    `  -H "Authorization: Bearer ${key}" \\`,
    `  -d '{"symbol":"EUR/USD","price":1.0842,"timestamp":'$(date +%s000)'}'`,
  ].join("\n");

export function EmptyPage() {
  return (
    <div class="panel empty">
      <h2>No price has been posted yet</h2>
      <p>Post one from a terminal. It appears here at once, without a reload.</p>
      <KeyedCommand commandWith={commandWith} />
      <p class="muted">
        The copied command carries this page's key; it must be one that may post (admin or source). To see a busy page,
        start the server with recorded ticks: <code>npm start -- --demo</code>
      </p>
    </div>
  );
}
