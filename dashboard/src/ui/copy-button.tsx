import { useSignal } from "@preact/signals";
import { CheckIcon, CopyIcon } from "./icons";

type Outcome = "idle" | "copied" | "failed";
const LABELS: Record<Outcome, string> = { idle: "Copy", copied: "Copied", failed: "Select and copy by hand" };

/** Copies `text`. The clipboard may be refused (no permission, plain http on another host): then it says so. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const outcome = useSignal<Outcome>("idle");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      outcome.value = "copied";
    } catch {
      outcome.value = "failed";
    }
    setTimeout(() => {
      outcome.value = "idle";
    }, 2_500);
  };
  return (
    <button type="button" class="button small" onClick={copy}>
      {outcome.value === "copied" ? <CheckIcon /> : <CopyIcon />}
      <span aria-live="polite">{LABELS[outcome.value]}</span>
      <span class="visually-hidden"> {what}</span>
    </button>
  );
}
