/* What this page knows of nodes, for components. Published at most once per animation frame. */
import { computed, effect, signal } from "@preact/signals";
import type { WallNode } from "../../../src/domain/nodes/answers";
import type { NODES_TOPIC } from "../../../src/domain/nodes/node";
import type { NodeList } from "../../../src/domain/nodes/posting";
import { key, role } from "../access/session";
import { call } from "../api/client";
import { connection, follow, listen } from "../live/feed";
import { setClock } from "../ui/clock";
import { Wall } from "./wall";

const TOPIC: typeof NODES_TOPIC = "nodes";
const LIST_EVERY_MS = 5_000;

const wall = new Wall();

/** Undefined until the whole picture was heard once. */
export const nodes = signal<WallNode[] | undefined>(undefined);
/** True for a key that may not hear the topic: the list is then read from time to time. */
export const isDelayedList = signal(false);
/** Only then may what is shown be taken for what is. */
export const isCurrent = computed(() => connection.value.state === "live" && nodes.value !== undefined);
/** Whether to offer what would be refused anyway; before the role is known, nothing is. */
export const mayConfigure = computed(() => role.value === "admin" || role.value === "operator");
export const mayMakeKeys = computed(() => role.value === "admin");

let scheduled = false;

function touch(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    setClock();
    nodes.value = [...wall.nodes.values()];
  });
}

/** As it stands on the wall; whoever reads it renders again when that changes. */
export const wallNode = (id: string): WallNode | undefined => nodes.value?.find(({ node }) => node === id);

/** Every page of the list, for as many nodes as a key may see. */
async function readList(): Promise<void> {
  if (!isDelayedList.peek() || key.peek() === undefined) return;
  const found: WallNode[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const after: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const answer = await call<NodeList>(`/nodes?limit=1000${after}`);
    if (!answer.ok) return;
    found.push(...answer.value.nodes);
    cursor = answer.value.next_cursor;
  }
  wall.reset({ nodes: found });
  touch();
}

/** Follows the nodes until the returned function is called. */
export function watchNodes(): () => void {
  const stop = follow([TOPIC]);
  void readList();
  const timer = setInterval(readList, LIST_EVERY_MS);
  return () => {
    clearInterval(timer);
    stop();
  };
}

function forget(): void {
  wall.clear();
  nodes.value = undefined;
}

/** Wires the domain to the live connection. Called once, by the page's entry. */
export function startNodes(): void {
  listen({
    prefix: TOPIC,
    snapshot(message) {
      wall.reset(message.data);
      touch();
    },
    frame(frame) {
      if (wall.take(frame)) touch();
    },
    unfollowed(topics) {
      if (topics.length > 0) forget();
    },
    refused() {
      isDelayedList.value = true;
      void readList();
      return true;
    },
  });
  // Another key may see other nodes: nothing of the last session stays.
  effect(() => {
    void key.value;
    isDelayedList.value = false;
    forget();
  });
}
