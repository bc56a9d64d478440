/* A shell command with this page's key in it, masked until somebody wants to see it. */
import { useSignal } from "@preact/signals";
import { key } from "../access/session";
import { CopyButton } from "./copy-button";

const SHOWN_OF_KEY = 8;

export function KeyedCommand({ commandWith }: { commandWith(key: string): string }) {
  const revealed = useSignal(false);
  const command = commandWith(key.value ?? "YOUR_KEY");
  const masked = `${(key.value ?? "").slice(0, SHOWN_OF_KEY)}…`;
  return (
    <div class="code">
      <pre>{revealed.value ? command : commandWith(masked)}</pre>
      <div class="code-actions">
        <CopyButton text={command} what="the command with this page's key" />
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
  );
}
