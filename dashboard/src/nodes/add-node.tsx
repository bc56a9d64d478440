/* "Add a node": an id in, the lines that make it live out. */
import { useSignal } from "@preact/signals";
import { role } from "../access/session";
import { type Problem, sentenceOf } from "../api/problem";
import { Notice } from "../ui/notice";
import { Command } from "./command";
import { agentLine, beatLine, cronLine, isId, WAYS, type Way } from "./commands";
import { type Made, makeNode } from "./new-node";
import { mayConfigure, mayMakeKeys } from "./store";
import { hrefOf } from "./tile";

const NO_KEY = "YOUR_KEY";

function Lines({ made, again }: { made: Made; again(): void }) {
  const { wish, node } = made;
  const { origin } = location;
  const key = made.key ?? NO_KEY;
  const agent = (
    <Command title="Run the agent on the machine" text={agentLine(origin, key, wish.id)}>
      Needs Node 20 or later there. It beats every 10 seconds until it is stopped.
    </Command>
  );
  const cron = node.ping !== undefined && (
    <Command title="Add a line to the crontab" text={cronLine(wish.way, node.ping.ping_url)}>
      Its address is its secret. It says how <code>your-job</code> ended: 0 is well, anything else is a failure.
    </Command>
  );
  return (
    <div class="added" data-added={wish.id}>
      {made.isKnown && (
        <Notice kind="warning">{wish.id} was known already: what is expected of it stays as it is.</Notice>
      )}
      {made.key === undefined ? (
        <Notice kind="warning">
          Only admins make keys: put one that may beat this node where the lines say {NO_KEY}.
        </Notice>
      ) : (
        <Notice kind="info" title="This key is shown this once">
          It may only beat <strong>{wish.id}</strong>. Copy a line now; without it, a new key has to be made.
        </Notice>
      )}
      {wish.way === "agent" ? agent : cron}
      <Command title="Or beat once, to try it" text={beatLine(origin, key, wish.id)} />
      <p class="added-actions">
        <a href={hrefOf(wish.id)}>Open the page of {wish.id}</a>
        <button type="button" class="button small" onClick={again}>
          Add another one
        </button>
      </p>
    </div>
  );
}

interface FormProps {
  busy: boolean;
  problem: Problem | undefined;
  send(id: string, pool: string, way: Way): void;
}

const ID_RULE = "letters, digits and . _ : - only, at most 64, a letter or digit first";

function Form({ busy, problem, send }: FormProps) {
  const id = useSignal("");
  const pool = useSignal("");
  const way = useSignal<Way>("agent");
  const isTried = useSignal(false);
  const [isIdBad, isPoolBad] = [!isId(id.value), pool.value !== "" && !isId(pool.value)];
  const submit = (event: Event) => {
    event.preventDefault();
    isTried.value = true;
    if (!isIdBad && !isPoolBad) send(id.peek(), pool.peek(), way.peek());
  };
  return (
    <form class="add-form" onSubmit={submit} noValidate>
      <div class="field">
        <label for="new-id">Node id</label>
        <input
          id="new-id"
          autocomplete="off"
          spellcheck={false}
          placeholder="web-1"
          aria-invalid={isTried.value && isIdBad}
          aria-describedby="new-problem"
          value={id.value}
          onInput={(event) => {
            id.value = event.currentTarget.value.trim();
          }}
        />
      </div>
      <div class="field">
        <label for="new-pool">Pool</label>
        <input
          id="new-pool"
          autocomplete="off"
          spellcheck={false}
          placeholder="default"
          aria-invalid={isTried.value && isPoolBad}
          value={pool.value}
          onInput={(event) => {
            pool.value = event.currentTarget.value.trim();
          }}
        />
      </div>
      <div class="field">
        <label for="new-way">What it is</label>
        <select
          id="new-way"
          value={way.value}
          onChange={(event) => {
            way.value = event.currentTarget.value as Way;
          }}
        >
          {Object.entries(WAYS).map(([name, { label }]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <button type="submit" class="button primary" disabled={busy}>
        {busy ? "Adding…" : "Add the node"}
      </button>
      <p id="new-problem" class="field-problem" role="alert">
        {isTried.value && isIdBad && `A node id holds ${ID_RULE}. `}
        {isTried.value && isPoolBad && `A pool holds ${ID_RULE}. `}
        {problem !== undefined && sentenceOf(problem)}
      </p>
    </form>
  );
}

export function AddNode() {
  const busy = useSignal(false);
  const problem = useSignal<Problem | undefined>(undefined);
  const made = useSignal<Made | undefined>(undefined);
  const send = async (id: string, pool: string, way: Way) => {
    busy.value = true;
    const outcome = await makeNode({ id, pool, way, withKey: mayMakeKeys.peek() });
    busy.value = false;
    problem.value = "problem" in outcome ? outcome.problem : undefined;
    if ("made" in outcome) made.value = outcome.made;
  };
  const again = () => {
    made.value = undefined;
  };
  return (
    <section class="panel add-node" aria-labelledby="add-node">
      <h2 id="add-node">{made.value === undefined ? "Add a node" : `${made.value.wish.id} is ready to beat`}</h2>
      {made.value !== undefined ? (
        <Lines made={made.value} again={again} />
      ) : mayConfigure.value ? (
        <Form busy={busy.value} problem={problem.value} send={send} />
      ) : (
        role.value !== undefined && (
          <p>Operators and admins add nodes. Sign in with such a key, or ask whoever has one for the line to run.</p>
        )
      )}
    </section>
  );
}
