/* Nothing has been posted yet: how to change that, ready to paste. */
import { computed, useSignal } from "@preact/signals";
import { key } from "../access/session";
import { CopyButton } from "../ui/copy-button";

const SHOWN_OF_KEY = 8;

/** `timestamp` is filled in by the shell, so that a command pasted tomorrow does not post today's time. */
const commandWith = (shownKey: string): string =>
  [
    `curl ${location.origin}/api/v1/prices \\`,
    `  -H "Authorization: Bearer ${shownKey}" \\`,
    `  -d '{"symbol":"EUR/USD","price":1.0842,"timestamp":'$(date +%s000)'}'`,
  ].join("\n");

const command = computed(() => commandWith(key.value ?? "YOUR_KEY"));

export function EmptyPage() {
  const revealed = useSignal(false);
  const masked = `${(key.value ?? "").slice(0, SHOWN_OF_KEY)}…`;
  return (
    <div class="panel empty">
      <h2>No price has been posted yet</h2>
      <p>Post one from a terminal. It appears here at once, without a reload.</p>
      <div class="code">
        <pre>{revealed.value ? command.value : commandWith(masked)}</pre>
        <div class="code-actions">
          <CopyButton text={command.value} what="the command with this page's key" />
          <button
            type="button"
            class="button small"
            aria-pressed={revealed.value}
            onClick={() => {
              revealed.value = !revealed.value;
            }}
          >
            {revealed.value ? "Hide the key" : "Show the key"}
          </button>
        </div>
      </div>
      <p class="muted">
        The copied command carries this page's key; it must be one that may post (admin or source). To see a busy page,
        start the server with recorded ticks: <code>npm start -- --demo</code>
      </p>
    </div>
  );
}
