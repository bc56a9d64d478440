/* The lines that make a machine or a job a node, ready to paste. Pure. */

/** How a node says that it lives. */
export type Way = "agent" | "minute" | "five_minutes" | "hour";

interface Schedule {
  label: string;
  /** Five fields; undefined for what beats by itself. */
  cron: string | undefined;
}

export const WAYS: Record<Way, Schedule> = {
  agent: { label: "A machine, by the agent: every 10 s", cron: undefined },
  minute: { label: "A cron job: every minute", cron: "* * * * *" },
  five_minutes: { label: "A cron job: every 5 minutes", cron: "*/5 * * * *" },
  hour: { label: "A cron job: every hour", cron: "0 * * * *" },
};

/** A job may take a while before it says that it is done. */
const RUNS_WITHIN_S = 300;

/** What is expected of a node that comes this way, as PUT takes it. */
export function expectedOf(way: Way, pool: string): Record<string, unknown> {
  const { cron } = WAYS[way];
  const inPool = pool === "" ? {} : { pool };
  if (cron === undefined) return { ...inPool, interval_s: 10 };
  const late = way === "minute" ? 120 : RUNS_WITHIN_S;
  return { ...inPool, cron, suspect_after_s: late, down_after_s: 2 * late };
}

export const agentLine = (origin: string, key: string, node: string): string =>
  `npx -y ${origin}/agent.tgz --url ${origin} --key ${key} --node ${node}`;

export const beatLine = (origin: string, key: string, node: string): string =>
  `curl -fsS -X POST ${origin}/api/v1/nodes/${encodeURIComponent(node)}/heartbeats -H "Authorization: Bearer ${key}"`;

/** Says that it works when the job has ended well, and that it failed when it has not. */
export const cronLine = (way: Way, pingUrl: string): string =>
  `${WAYS[way].cron ?? "* * * * *"} your-job; curl -fsS -m 10 --retry 5 -o /dev/null ${pingUrl}/$?`;

const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

/** Ids and pools are written alike. */
export const isId = (text: string): boolean => ID.test(text);
