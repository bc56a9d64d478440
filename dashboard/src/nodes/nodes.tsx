/* The wall of nodes: all of them, by pool, worst first. */
import { computed, signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { connection } from "../live/feed";
import { skew } from "../ui/clock";
import { Disclosure } from "../ui/disclosure";
import { clockTime, count } from "../ui/format";
import { Loading, Notice } from "../ui/notice";
import { usePageTitle } from "../ui/page-title";
import { SearchField } from "../ui/search-field";
import { AddNode } from "./add-node";
import { tileAfter } from "./arrow-keys";
import { LOOK_HINTS, LOOK_WORDS, LOOKS, type Look } from "./look";
import { LookShape } from "./look-mark";
import { isCurrent, isDelayedList, nodes, watchNodes } from "./store";
import { Tile } from "./tile";
import { type Choice, chosen, countsOf, type Group, groupsOf, troubleOf } from "./wall";

/** From so many on, tiles are small: hundreds are then seen together. */
const MANY = 120;

/** Kept while one visits a node and comes back. */
const choice = signal<Choice>({ looks: new Set(), text: "" });
/** The tile that had the focus last. */
const visited = signal<string | undefined>(undefined);

const counts = computed(() => countsOf(nodes.value ?? []));
const groups = computed(() => groupsOf(chosen(nodes.value ?? [], choice.value)));
const shown = computed(() => groups.value.flatMap((group) => group.nodes));
const tabStop = computed(() => {
  const isShown = shown.value.some(({ node }) => node === visited.value);
  return isShown ? visited.value : shown.value[0]?.node;
});
/** What is always offered, and what there is. */
const offered = computed(() =>
  LOOKS.filter((look) => look === "up" || look === "down" || counts.value[look] > 0 || choice.value.looks.has(look)),
);

function toggle(look: Look): void {
  const looks = new Set(choice.peek().looks);
  if (!looks.delete(look)) looks.add(look);
  choice.value = { ...choice.peek(), looks };
}

function Chip({ look }: { look: Look }) {
  return (
    <button
      type="button"
      class={`chip look-${look}`}
      aria-pressed={choice.value.looks.has(look)}
      title={LOOK_HINTS[look]}
      data-chip={look}
      onClick={() => toggle(look)}
    >
      <LookShape look={look} />
      <span>{LOOK_WORDS[look]}</span> <strong class="tabular">{count(counts.value[look])}</strong>
    </button>
  );
}

function Toolbar() {
  return (
    <div class="toolbar nodes-toolbar">
      <SearchField
        id="node-search"
        label="Search nodes"
        placeholder="Search by name or pool"
        value={choice.value.text}
        change={(text) => {
          choice.value = { ...choice.peek(), text };
        }}
      />
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would be a form of its own. */}
      <div class={`chips ${isCurrent.value ? "" : "old"}`} role="group" aria-label="Show only">
        {offered.value.map((look) => (
          <Chip key={look} look={look} />
        ))}
      </div>
    </div>
  );
}

function goByKey(event: KeyboardEvent): void {
  const wall = event.currentTarget as HTMLElement;
  const tiles = [...wall.querySelectorAll<HTMLElement>("a.tile")];
  const at = tiles.indexOf(document.activeElement as HTMLElement);
  const to = tileAfter(
    event.key,
    tiles.map((tile) => tile.getBoundingClientRect()),
    at,
  );
  if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  tiles[to]?.focus();
}

function Pool({ group }: { group: Group }) {
  const trouble = troubleOf(group.counts);
  const id = `pool-${group.pool}`;
  return (
    <section class="pool" aria-labelledby={id} data-pool={group.pool}>
      <div class="pool-head">
        <h2 id={id}>{group.pool}</h2>
        <span class="muted small tabular">
          {count(group.nodes.length)} {group.nodes.length === 1 ? "node" : "nodes"}
        </span>
        {trouble !== "" && (
          <span class={`pool-trouble small tabular ${group.counts.down > 0 ? "is-down" : ""}`}>{trouble}</span>
        )}
      </div>
      <ul class="tiles">
        {group.nodes.map((node) => (
          <Tile key={node.node} node={node} tabStop={tabStop} visited={visited} />
        ))}
      </ul>
    </section>
  );
}

function StaleNotice() {
  const c = connection.value;
  if (isCurrent.value || c.state === "live") return null;
  const since = c.since === undefined ? "" : ` at ${clockTime(c.since + skew.value)} UTC`;
  return (
    <Notice kind="warning" title="Not live">
      This is how the nodes stood when they were heard last{since}. They may stand otherwise now.
    </Notice>
  );
}

function Wall() {
  const all = nodes.value ?? [];
  const isMany = shown.value.length > MANY;
  return (
    <>
      <StaleNotice />
      {isDelayedList.value && (
        <Notice kind="warning">This key sees some nodes only: they are read every 5 seconds, not live.</Notice>
      )}
      <Toolbar />
      <p class="visually-hidden" role="status">
        {troubleOf(counts.value) || "No node is in trouble"}, of {count(all.length)}
      </p>
      {shown.value.length === 0 ? (
        <p class="muted nothing" role="status">
          None of the {count(all.length)} nodes is what you look for.{" "}
          <button
            type="button"
            class="button small"
            onClick={() => {
              choice.value = { looks: new Set(), text: "" };
            }}
          >
            Show all
          </button>
        </p>
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: the links within take the focus; arrow keys go between them.
        <div class={`wall ${isMany ? "many" : ""} ${isCurrent.value ? "" : "old"}`} onKeyDown={goByKey}>
          {groups.value.map((group) => (
            <Pool key={group.pool} group={group} />
          ))}
        </div>
      )}
    </>
  );
}

export function Nodes() {
  const isAdding = useSignal(false);
  const down = isCurrent.value ? counts.value.down : 0;
  usePageTitle(`${down === 0 ? "" : `${down} down · `}Nodes`);
  useEffect(watchNodes, []);
  const all = nodes.value;
  const isEmpty = all?.length === 0;
  // It stays open when the node it adds is the first one: a key is on it that is shown only once.
  useEffect(() => {
    if (isEmpty) isAdding.value = true;
  }, [isEmpty]);
  return (
    <section class="page nodes-page">
      <div class="nodes-head">
        <h1>Nodes</h1>
        {all !== undefined && !isEmpty && (
          <a class="button" href="/reports">
            Reports
          </a>
        )}
        {all !== undefined && !isEmpty && <Disclosure isOpen={isAdding} words="Add a node" />}
      </div>
      {isEmpty && <p>No node is known yet. A node is a machine, a service or a job that says that it lives.</p>}
      {isAdding.value && <AddNode />}
      {all === undefined && <Loading what="the nodes" />}
      {all !== undefined && !isEmpty && <Wall />}
    </section>
  );
}
