/* One node on the wall: a link to its page. */
import { type ReadonlySignal, type Signal, useComputed } from "@preact/signals";
import type { WallNode } from "../../../src/domain/nodes/answers";
import { segment } from "../api/client";
import { serverNow } from "../ui/clock";
import { LOOK_HINTS, LOOK_WORDS, lookOf } from "./look";
import { LookShape } from "./look-mark";
import { parted } from "./parted";
import { Since } from "./since";

/** What became of it lately is seen to change. */
const FRESH_MS = 10_000;

export const hrefOf = (node: string): string => `/nodes/${segment(node)}`;

function Name({ name }: { name: string }) {
  const [head, tail] = parted(name);
  return (
    <span class="tile-name" dir="auto">
      <span class="tile-head">{head}</span>
      {tail !== "" && <span>{tail}</span>}
    </span>
  );
}

interface TileProps {
  node: WallNode;
  /** The tile that the Tab key goes to. */
  tabStop: ReadonlySignal<string | undefined>;
  visited: Signal<string | undefined>;
}

export function Tile({ node, tabStop, visited }: TileProps) {
  const id = node.node;
  const tabIndex = useComputed(() => (tabStop.value === id ? 0 : -1));
  const look = lookOf(node);
  const since = Date.parse(node.since);
  const isFresh = serverNow() - since < FRESH_MS;
  return (
    <li>
      <a
        class={`tile look-${look} ${isFresh ? "fresh" : ""}`}
        href={hrefOf(id)}
        data-node={id}
        data-look={look}
        tabIndex={tabIndex}
        title={`${node.name === id ? id : `${node.name} (${id})`}: ${LOOK_WORDS[look]}. ${LOOK_HINTS[look]}`}
        onFocus={() => {
          visited.value = id;
        }}
      >
        <LookShape look={look} />
        <Name name={node.name} />
        <span class="tile-state tabular">
          <span class="tile-word">{LOOK_WORDS[look]}</span> <Since key={since} at={since} />
        </span>
      </a>
    </li>
  );
}
