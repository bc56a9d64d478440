import { Icon } from "../ui/icons";

export const MetricsIcon = () => (
  <Icon>
    <path d="M4 4v16h16" />
    <path d="M7.5 15l3.5-5 3.5 3 5-7" />
  </Icon>
);
