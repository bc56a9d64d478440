/* Icons of alerts. All are decoration: the text beside them says the same. */
import { Icon } from "../ui/icons";

export const AlertsIcon = () => (
  <Icon>
    <path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 2h-15z" />
    <path d="M10 21h4M12 2.5V5M2.8 9.5A9.5 9.5 0 0 1 5 4.8M21.2 9.5A9.5 9.5 0 0 0 19 4.8" />
  </Icon>
);
export const FilterIcon = () => (
  <Icon>
    <path d="M3.5 5h17l-6.5 8v6l-4-2v-4z" />
  </Icon>
);
export const SoundIcon = () => (
  <Icon size={16}>
    <path d="M4 9.5h3.5L12 5.5v13l-4.5-4H4zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11" />
  </Icon>
);
export const SilentIcon = () => (
  <Icon size={16}>
    <path d="M4 9.5h3.5L12 5.5v13l-4.5-4H4zM16 9.5l5 5M21 9.5l-5 5" />
  </Icon>
);
export const NotifyIcon = () => (
  <Icon size={16}>
    <rect x="3.5" y="4.5" width="17" height="12" rx="2" />
    <path d="M8.5 20h7M12 8v3.2M12 13.6v.01" />
  </Icon>
);
export const LockIcon = () => (
  <Icon size={14}>
    <rect x="5" y="11" width="14" height="9" rx="2" />
    <path d="M8 11V8a4 4 0 0 1 8 0v3" />
  </Icon>
);
