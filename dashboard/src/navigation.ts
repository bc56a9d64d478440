/* The sections of the page: a domain is added here and in one folder of its own. */
import type { ComponentType } from "preact";
import { AlertPage } from "./alerts/alert-page";
import { Alerts } from "./alerts/alerts";
import { AlertsIcon } from "./alerts/icons";
import { MetricsIcon } from "./metrics/icons";
import { MetricPage } from "./metrics/metric-page";
import { Metrics } from "./metrics/metrics";
import { NodesIcon } from "./nodes/icons";
import { NodePage } from "./nodes/node-page";
import { Nodes } from "./nodes/nodes";
import { Overview } from "./overview/overview";
import { Prices } from "./prices/prices";
import { SymbolPage } from "./prices/symbol-page";
import { Reports } from "./reports/reports";
import { RequestsIcon } from "./requests/icons";
import { Requests } from "./requests/requests";
import { OverviewIcon, PricesIcon } from "./ui/icons";

export interface Section {
  path: string;
  label: string;
  icon: ComponentType;
  /** Usable without a key, where the installation lets everybody hear it. */
  isPublic?: true;
  routes: { path: string; component: ComponentType }[];
}

export const ALERTS: Section = {
  path: "/alerts",
  label: "Alerts",
  icon: AlertsIcon,
  isPublic: true,
  routes: [
    { path: "/alerts", component: Alerts },
    { path: "/alerts/:id", component: AlertPage },
  ],
};

export const SECTIONS: Section[] = [
  { path: "/", label: "Overview", icon: OverviewIcon, routes: [{ path: "/", component: Overview }] },
  ALERTS,
  {
    path: "/nodes",
    label: "Nodes",
    icon: NodesIcon,
    routes: [
      { path: "/nodes", component: Nodes },
      { path: "/nodes/:id", component: NodePage },
      { path: "/reports", component: Reports },
    ],
  },
  {
    path: "/prices",
    label: "Prices",
    icon: PricesIcon,
    routes: [
      { path: "/prices", component: Prices },
      { path: "/prices/:symbol+", component: SymbolPage },
    ],
  },
  {
    path: "/metrics",
    label: "Metrics",
    icon: MetricsIcon,
    routes: [
      { path: "/metrics", component: Metrics },
      // Names may hold slashes, and what serves the page decodes them: so do symbols.
      { path: "/metrics/:name+", component: MetricPage },
    ],
  },
  { path: "/requests", label: "Requests", icon: RequestsIcon, routes: [{ path: "/requests", component: Requests }] },
];

/** Whether a path is one of a section's pages, whatever these show. */
export const isWithin = ({ routes }: Section, path: string): boolean =>
  routes.some((route) => {
    const base = route.path.replace(/\/:.*$/, "");
    return path === base || (base !== "/" && path.startsWith(`${base}/`));
  });
