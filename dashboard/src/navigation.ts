/* The sections of the page: a domain is added here and in one folder of its own. */
import type { ComponentType } from "preact";
import { Overview } from "./overview/overview";
import { Prices } from "./prices/prices";
import { SymbolPage } from "./prices/symbol-page";
import { OverviewIcon, PricesIcon } from "./ui/icons";

export interface Section {
  path: string;
  label: string;
  icon: ComponentType;
  routes: { path: string; component: ComponentType }[];
}

export const SECTIONS: Section[] = [
  { path: "/", label: "Overview", icon: OverviewIcon, routes: [{ path: "/", component: Overview }] },
  {
    path: "/prices",
    label: "Prices",
    icon: PricesIcon,
    routes: [
      { path: "/prices", component: Prices },
      { path: "/prices/:symbol", component: SymbolPage },
    ],
  },
];
