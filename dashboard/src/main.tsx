import { effect } from "@preact/signals";
import { render } from "preact";
import { adoptKeyFromAddress, key } from "./access/session";
import { App } from "./app";
import { runFeed } from "./live/feed";
import { forgetPrices, startPrices } from "./prices/store";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/parts.css";
import "./styles/prices.css";

adoptKeyFromAddress();
addEventListener("hashchange", adoptKeyFromAddress);
startPrices();
effect(() => {
  void key.value;
  forgetPrices();
});
runFeed();

render(<App />, document.getElementById("app")!);
