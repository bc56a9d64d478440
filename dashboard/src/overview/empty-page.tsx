/* Nothing has been posted yet: how to change that, ready to paste. */
import { EmptyPanel } from "../ui/empty-panel";

/** `timestamp` is filled in by the shell, so that a command pasted tomorrow does not post today's time. */
const commandWith = (key: string): string =>
  [
    `curl ${location.origin}/api/v1/prices \\`,
    `  -H "Authorization: Bearer ${key}" \\`,
    `  -d '{"symbol":"EUR/USD","price":1.0842,"timestamp":'$(date +%s000)'}'`,
  ].join("\n");

export function EmptyPage() {
  return (
    <EmptyPanel
      title="No price has been posted yet"
      hint="Post one from a terminal. It appears here at once, without a reload."
      commandWith={commandWith}
    />
  );
}
