import { MoonIcon, SunIcon, SystemIcon } from "./icons";
import { nextTheme, type Theme, theme } from "./theme";

const LABELS: Record<Theme, string> = { system: "System colours", light: "Light colours", dark: "Dark colours" };

export function ThemeButton() {
  const label = LABELS[theme.value];
  return (
    <button type="button" class="icon-button" onClick={nextTheme} aria-label={`${label}. Change`} title={label}>
      {theme.value === "light" ? <SunIcon /> : theme.value === "dark" ? <MoonIcon /> : <SystemIcon />}
    </button>
  );
}
