/* The HTTP door of a node: for when no socket can be opened, and for --once. */
import { reasonOf } from "./refusal.ts";
import type { Sample } from "./sample.ts";

export interface HttpBeat {
  status: "ok" | "stopping";
  boot_id: string;
  interval_s?: number;
  pool?: string;
}

export interface Answer {
  ok: boolean;
  /** 0: nobody answered. */
  status: number;
  /** In one line, for the operator. */
  reason: string;
}

export interface Door {
  beat(beat: HttpBeat): Promise<Answer>;
  /** All of them or none; sending them again is safe. */
  send(samples: Sample[]): Promise<Answer>;
}

const ANSWER_WITHIN_MS = 10_000;

export function doorOf(nodeUrl: string, key: string): Door {
  const post = async (path: string, body: unknown): Promise<Answer> => {
    try {
      const answer = await fetch(`${nodeUrl}/${path}`, {
        method: "POST",
        headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      const text = await answer.text();
      return { ok: answer.ok, status: answer.status, reason: answer.ok ? "" : refusalIn(answer.status, text) };
    } catch (error) {
      return { ok: false, status: 0, reason: reasonOf(error) };
    }
  };
  return {
    // Without a timestamp: a machine whose clock is wrong lives all the same.
    beat: (beat) => post("heartbeats", beat),
    send: (samples) => post("metrics", samples),
  };
}

/** What a problem document says. */
function refusalIn(status: number, text: string): string {
  try {
    const { detail, errors = [] } = JSON.parse(text) as {
      detail?: string;
      errors?: { pointer: string; detail: string }[];
    };
    const [first] = errors;
    return `${status}: ${detail ?? "refused"}${first === undefined ? "" : ` (${first.pointer} ${first.detail})`}`;
  } catch {
    // A proxy's page, or nothing at all.
    return `answered ${status}`;
  }
}
