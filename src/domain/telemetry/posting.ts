/* Posted samples: from a body to one request per owning object, and from their answers to one outcome. Samples without an id
 * of their own travel together: one entry per object and request. */
import * as z from "zod";
import type { FieldError } from "../error";
import type { AppendEvent, AppendRequest } from "../ledger/append";
import { fingerprint } from "../ledger/fingerprint";
import { plainly } from "../plain";
import { type Answered, parseEvents, receiptOf, type Share, type Trouble, troubleOf } from "../posting";
import type { Result } from "../result";
import { aheadOf } from "../time";
import type { MetricCommand } from "./intake";
import { plainSample } from "./plain-sample";
import { groupOf, labelsKey, MetricInput, type Sample } from "./sample";

export const PostedMetrics = z.object({ accepted: z.number().int(), duplicates: z.number().int() });
export type PostedMetrics = z.infer<typeof PostedMetrics>;

export function parseMetrics(body: unknown, now: number): Result<MetricInput[], FieldError[]> {
  return parseEvents(body, plainly(plainSample, MetricInput), (event) => aheadOf(event, now));
}

export interface Sender {
  /** Whose samples these are. */
  source: string;
  key: string;
  hash: string;
}

export const sampleOf = ({ name, labels, value, timestamp }: MetricInput): Sample => ({
  name,
  labels: labels ?? {},
  value,
  timestamp,
});

/** Shares by the owner's name; `indexes` say which posted samples each event of a share holds.
 * @param ownerOf the object that has a group of series */
export function sharesOf(
  inputs: readonly MetricInput[],
  sender: Sender,
  ownerOf: (group: string) => string,
): Map<string, MetricShare> {
  const shares = new Map<string, MetricShare>();
  inputs.forEach((input, index) => {
    const sample = sampleOf(input);
    const owner = ownerOf(groupOf(sample.name, labelsKey(sample.labels)));
    let share = shares.get(owner);
    if (share === undefined) {
      const request: AppendRequest<MetricCommand> = { key: sender.key, hash: sender.hash, events: [] };
      share = { request, indexes: [], held: [] };
      shares.set(owner, share);
    }
    if (input.id !== undefined) add(share, withId(owner, sender.source, input.id, sample), index);
    else if (share.together === undefined) {
      const event: SamplesEvent = {
        stream: owner,
        source: sender.source,
        body: { type: "samples", samples: [sample] },
      };
      share.together = { samples: event.body.samples, held: add(share, event, index) };
    } else {
      share.together.samples.push(sample);
      share.together.held.push(index);
    }
  });
  return shares;
}

type SamplesEvent = AppendEvent<Extract<MetricCommand, { type: "samples" }>>;

export interface MetricShare extends Share<MetricCommand> {
  /** Places in the batch, per event. */
  held: number[][];
  /** Of the event of all samples without an id: these, and their places in the batch. */
  together?: { samples: Sample[]; held: number[] };
}

/** Answers the event's places in the batch. */
function add(share: MetricShare, event: SamplesEvent, index: number): number[] {
  const held = [index];
  share.request.events.push(event);
  share.indexes.push(index);
  share.held.push(held);
  return held;
}

const withId = (stream: string, source: string, id: string, sample: Sample): SamplesEvent => ({
  ...{ stream, source, id },
  hash: fingerprint(JSON.stringify([sample.name, labelsKey(sample.labels), sample.value, sample.timestamp])).toString(
    36,
  ),
  body: { type: "samples", samples: [sample] },
});

export interface Outcome {
  body: PostedMetrics;
  problem?: Trouble;
}

export function outcomeOf(answers: readonly (Answered<MetricCommand> & { share: MetricShare })[]): Outcome {
  const body = { accepted: 0, duplicates: 0 };
  for (const answered of answers) {
    answered.share.held.forEach((indexes, i) => {
      const receipt = receiptOf(answered, i);
      if (typeof receipt === "string") return;
      if (receipt.duplicate) body.duplicates += indexes.length;
      else body.accepted += indexes.length;
    });
  }
  const problem = troubleOf(answers, (index) => `/${index}`);
  return problem === undefined ? { body } : { body, problem };
}
