/* Drawn here so that the page loads nothing from elsewhere. All are decoration: the text beside them says the same. */
import type { ComponentChildren } from "preact";

export function Icon({ children, size = 18 }: { children: ComponentChildren; size?: number }) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

export const Mark = () => (
  <svg class="mark" width="26" height="26" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="8" fill="var(--accent-solid)" />
    <path
      d="M6 21c3.3 0 3.3-4 6.6-4s3.3 4 6.6 4 3.3-4 6.8-4"
      fill="none"
      stroke="var(--on-accent)"
      stroke-width="2.6"
      stroke-linecap="round"
    />
    <circle cx="16" cy="9.5" r="2.6" fill="var(--on-accent)" />
  </svg>
);

export const OverviewIcon = () => (
  <Icon>
    <rect x="3.5" y="3.5" width="7" height="9" rx="1.5" />
    <rect x="13.5" y="3.5" width="7" height="5" rx="1.5" />
    <rect x="13.5" y="11.5" width="7" height="9" rx="1.5" />
    <rect x="3.5" y="15.5" width="7" height="5" rx="1.5" />
  </Icon>
);
export const PricesIcon = () => (
  <Icon>
    <path d="M6 4v4M6 15v5M12 3v5M12 14v4M18 6v4M18 17v4" />
    <rect x="4" y="8" width="4" height="7" rx="1" />
    <rect x="10" y="8" width="4" height="6" rx="1" />
    <rect x="16" y="10" width="4" height="7" rx="1" />
  </Icon>
);
export const LiveIcon = () => (
  <Icon size={16}>
    <circle cx="12" cy="12" r="3.5" fill="currentColor" />
    <path d="M6 6a8.5 8.5 0 0 0 0 12M18 6a8.5 8.5 0 0 1 0 12" />
  </Icon>
);
export const CatchingUpIcon = () => (
  <Icon size={16}>
    <path d="M20 12a8 8 0 1 1-2.3-5.7M20 3v4h-4" />
  </Icon>
);
export const StaleIcon = () => (
  <Icon size={16}>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 7v5l3.5 2" />
  </Icon>
);
export const OfflineIcon = () => (
  <Icon size={16}>
    <path d="M4 4l16 16M5 12.5a10 10 0 0 1 4-2.4M15 10.3a10 10 0 0 1 4 2.2M8.5 16a5 5 0 0 1 7 0" />
    <path d="M12 19.5h.01" />
  </Icon>
);
export const SunIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1 1M17.4 17.4l1 1M5.6 18.4l1-1M17.4 6.6l1-1" />
  </Icon>
);
export const MoonIcon = () => (
  <Icon>
    <path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z" />
  </Icon>
);
export const SystemIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 3.5v17a8.5 8.5 0 0 0 0-17z" fill="currentColor" />
  </Icon>
);
export const SignOutIcon = () => (
  <Icon>
    <path d="M14 4h4.5A1.5 1.5 0 0 1 20 5.5v13a1.5 1.5 0 0 1-1.5 1.5H14M10 16l-4-4 4-4M6 12h9" />
  </Icon>
);
export const CopyIcon = () => (
  <Icon size={16}>
    <rect x="8.5" y="8.5" width="11" height="11" rx="2" />
    <path d="M15.5 8.5V6a1.5 1.5 0 0 0-1.5-1.5H6A1.5 1.5 0 0 0 4.5 6v8A1.5 1.5 0 0 0 6 15.5h2.5" />
  </Icon>
);
export const CheckIcon = () => (
  <Icon size={16}>
    <path d="M5 12.5l4.5 4.5L19 7.5" />
  </Icon>
);
export const WarningIcon = () => (
  <Icon size={16}>
    <path d="M12 4l9 16H3z" />
    <path d="M12 10v4.5M12 17.3v.01" />
  </Icon>
);
export const BackIcon = () => (
  <Icon size={16}>
    <path d="M14 6l-6 6 6 6" />
  </Icon>
);
