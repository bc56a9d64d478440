import { effect } from "@preact/signals";
import { render } from "preact";
import { adoptKeyFromAddress, key } from "./access/session";
import { startNotifications } from "./alerts/notification";
import { startSound } from "./alerts/sound";
import { startAlerts } from "./alerts/store";
import { startWatch } from "./alerts/watch";
import { App } from "./app";
import { runFeed } from "./live/feed";
import { startNodes } from "./nodes/store";
import { forgetPrices, startPrices } from "./prices/store";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/parts.css";
import "./styles/prices.css";
import "./styles/alerts.css";
import "./styles/nodes.css";
import "./styles/reports.css";
import "./styles/metrics.css";
import "./styles/requests.css";
import "./styles/forced-colors.css";

adoptKeyFromAddress();
addEventListener("hashchange", adoptKeyFromAddress);
startPrices();
effect(() => {
  void key.value;
  forgetPrices();
});
startAlerts();
startNodes();
startSound();
startNotifications();
startWatch();
runFeed();

render(<App />, document.getElementById("app")!);
