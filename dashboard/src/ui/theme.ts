/* Light, dark, or what the system says. The choice is kept on this device. */
import { effect, signal } from "@preact/signals";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const NAME = "tidings.theme";

function stored(): Theme {
  try {
    const value = localStorage.getItem(NAME);
    return THEMES.find((theme) => theme === value) ?? "system";
  } catch {
    return "system"; // Storage is forbidden.
  }
}

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(prefersDark.matches);
prefersDark.addEventListener("change", (event) => {
  systemIsDark.value = event.matches;
});

export const theme = signal<Theme>(stored());
/** What is drawn now; canvases read their colours again when it changes. */
export const isDark = signal(false);

effect(() => {
  isDark.value = theme.value === "dark" || (theme.value === "system" && systemIsDark.value);
  document.documentElement.dataset.theme = isDark.value ? "dark" : "light";
});

export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "system";
  try {
    localStorage.setItem(NAME, theme.value);
  } catch {
    // Storage is forbidden: the choice lasts until the page is reloaded.
  }
}

/** A colour of the style sheet, for canvases. */
export const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
