/* Nothing to rank: how to change that, ready to paste. */
import { EmptyPanel } from "../ui/empty-panel";

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
    <EmptyPanel
      title={`No request in the last ${days} days`}
      hint="Post one, or a log, from a terminal. It appears here within two seconds, without a reload."
      commandWith={commandWith}
    />
  );
}
