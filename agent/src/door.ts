/* The HTTP door of a node: for when no socket can be opened, and for --once. With
 * Node's older client: fetch takes 40 MB more when there is much to deliver. */
import * as http from "node:http";
import * as https from "node:https";
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

/** No answer of ours is longer. */
const MAX_ANSWER = 256 * 1_024;

export function doorOf(nodeUrl: string, key: string): Door {
  const secure = nodeUrl.startsWith("https:");
  // One connection, kept: a backlog is many requests.
  const agent = new (secure ? https : http).Agent({ keepAlive: true, maxSockets: 1 });
  const post = async (path: string, body: unknown): Promise<Answer> => {
    try {
      const { status, text } = await request(secure, `${nodeUrl}/${path}`, JSON.stringify(body), { agent, key });
      const ok = status >= 200 && status < 300;
      return { ok, status, reason: ok ? "" : refusalIn(status, text) };
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

function request(
  secure: boolean,
  url: string,
  body: string,
  { agent, key }: { agent: http.Agent; key: string },
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      Authorization: `Bearer ${key}`,
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
    };
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const asked = (secure ? https : http).request(url, { method: "POST", headers, agent, signal }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        text += chunk;
        if (text.length > MAX_ANSWER) asked.destroy(new Error("the answer is too long"));
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on("error", reject);
    });
    asked.on("error", reject);
    asked.end(body);
  });
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
