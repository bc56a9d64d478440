/* Nothing to rank: how to change that, ready to paste. */
import { KeyedCommand } from "../ui/keyed-command";

const commandWith = (key: string): string =>
  [
    `curl ${location.origin}/api/v1/requests \\`,
    `  -H "Authorization: Bearer ${key}" \\`,
    `  -d '{"request_id":"r-1","timestamp":'$(date +%s000)',"endpoint":"/orders/17","method":"GET","status_code":200,"latency_ms":42}'`,
    "",
    "# or a whole access log, its times moved so that it ends now:",
    `curl -T access.log -X POST "${location.origin}/api/v1/requests/log?shift=now" \\`,
    `  -H "Authorization: Bearer ${key}" -H "Content-Type: text/plain"`,
  ].join("\n");

export function EmptyRequests({ days }: { days: number }) {
  return (
    <div class="panel empty">
      <h2>No request in the last {days} days</h2>
      <p>Post one, or a log, from a terminal. It appears here within two seconds, without a reload.</p>
      <KeyedCommand commandWith={commandWith} />
      <p class="muted">
        The copied command carries this page's key; it must be one that may post (admin or source). To see a busy page,
        start the server with <code>npm start -- --demo</code>
      </p>
    </div>
  );
}
