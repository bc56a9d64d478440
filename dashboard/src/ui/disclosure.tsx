/* A button that opens a part of the page, and closes it again. */
import type { Signal } from "@preact/signals";

export function Disclosure({ isOpen, words }: { isOpen: Signal<boolean>; words: string }) {
  return (
    <button
      type="button"
      class="button"
      aria-expanded={isOpen.value}
      onClick={() => {
        isOpen.value = !isOpen.value;
      }}
    >
      {isOpen.value ? "Close" : words}
    </button>
  );
}
