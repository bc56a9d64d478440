/* A choice that is kept on this device. */
import { type ReadonlySignal, signal } from "@preact/signals";

export interface Stored<T> {
  readonly value: ReadonlySignal<T>;
  choose(value: T): void;
}

/** @param read undefined for what this choice cannot be
 * @param write undefined for the choice that needs no keeping */
export function stored<T>(
  name: string,
  fallback: T,
  read: (text: string) => T | undefined,
  write: (value: T) => string | undefined,
): Stored<T> {
  const value = signal<T>(kept(name, read) ?? fallback);
  return {
    value,
    choose(next) {
      value.value = next;
      keep(name, write(next));
    },
  };
}

function kept<T>(name: string, read: (text: string) => T | undefined): T | undefined {
  try {
    const text = localStorage.getItem(name);
    return text === null ? undefined : read(text);
  } catch {
    return undefined; // Storage is forbidden.
  }
}

function keep(name: string, text: string | undefined): void {
  try {
    if (text === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, text);
  } catch {
    // Storage is forbidden or full: the choice lasts until the page is reloaded.
  }
}

const YES = "yes";
export const storedYes = (name: string): Stored<boolean> =>
  stored(
    name,
    false,
    (text) => text === YES,
    (value) => (value ? YES : undefined),
  );
