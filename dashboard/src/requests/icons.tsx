import { Icon } from "../ui/icons";

export const RequestsIcon = () => (
  <Icon>
    <path d="M4 6h15M4 12h10M4 18h6" stroke-width="3" />
  </Icon>
);
