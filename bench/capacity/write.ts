/* Writes docs/capacity.md. */
import { writeFileSync } from "node:fs";
import { capacityPage } from "./page.ts";

writeFileSync(new URL("../../docs/capacity.md", import.meta.url), capacityPage());
