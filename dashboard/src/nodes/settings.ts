/* What is expected of a node as a form holds it, and as the API takes it. Pure. */
import type { NodeConfig, NodeConfigInput } from "../../../src/domain/nodes/node";

/** Numbers as typed; blank is the default. */
export interface Draft {
  name: string;
  pool: string;
  /** By a cron expression instead of an interval. */
  isCron: boolean;
  interval: string;
  cron: string;
  timeZone: string;
  suspectAfter: string;
  downAfter: string;
  grace: string;
  expectedOffline: boolean;
  ephemeral: boolean;
  forgetAfter: string;
  windows: readonly { start: number; end: number }[];
}

export const draftOf = (config: NodeConfig): Draft => ({
  name: config.name,
  pool: config.pool,
  isCron: config.cron !== null,
  interval: String(config.interval_s),
  cron: config.cron ?? "",
  timeZone: config.time_zone,
  suspectAfter: String(config.suspect_after_s),
  downAfter: String(config.down_after_s),
  grace: String(config.reconnect_grace_s),
  expectedOffline: config.expected_offline,
  ephemeral: config.ephemeral,
  forgetAfter: String(config.forget_after_s),
  windows: config.maintenance,
});

/** Also what is no number goes to the server: it says what is wrong with it. */
const numberOf = (field: string, text: string): Record<string, number | string> =>
  text.trim() === "" ? {} : { [field]: Number.isFinite(Number(text)) ? Number(text) : text };
const textOf = (field: string, text: string): Record<string, string> =>
  text.trim() === "" ? {} : { [field]: text.trim() };

export function inputOf(draft: Draft): NodeConfigInput {
  const rhythm = draft.isCron
    ? { ...textOf("cron", draft.cron), ...textOf("time_zone", draft.timeZone) }
    : numberOf("interval_s", draft.interval);
  return {
    ...textOf("name", draft.name),
    ...textOf("pool", draft.pool),
    ...rhythm,
    ...numberOf("suspect_after_s", draft.suspectAfter),
    ...numberOf("down_after_s", draft.downAfter),
    ...numberOf("reconnect_grace_s", draft.grace),
    maintenance: draft.windows.map(({ start, end }) => ({ start, end })),
    expected_offline: draft.expectedOffline,
    ephemeral: draft.ephemeral,
    ...(draft.ephemeral ? numberOf("forget_after_s", draft.forgetAfter) : {}),
  } as NodeConfigInput;
}

/** Of a field of the browser for a day and a time, taken as UTC; undefined for what is incomplete. */
export function utcOf(text: string): number | undefined {
  const at = Date.parse(`${text}Z`);
  return Number.isFinite(at) ? at : undefined;
}
