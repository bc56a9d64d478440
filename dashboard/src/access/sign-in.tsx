/* The door: one key. It is tried before it is kept. */
import { signal } from "@preact/signals";
import { call } from "../api/client";
import { sentenceOf } from "../api/problem";
import { Mark } from "../ui/icons";
import { Notice } from "../ui/notice";
import { usePageTitle } from "../ui/page-title";
import { ThemeButton } from "../ui/theme-button";
import { beginSession, endedBecause } from "./session";

const busy = signal(false);
const refusal = signal<string | undefined>(undefined);

/** A ticket is what the live page needs first, so asking for one is the truest test of a key. */
async function trySignIn(key: string, stay: boolean): Promise<void> {
  if (key === "") {
    refusal.value = "Enter a key first.";
    return;
  }
  busy.value = true;
  refusal.value = undefined;
  const answer = await call<unknown>("/tickets", { method: "POST", body: {}, withKey: key });
  busy.value = false;
  if (answer.ok) return beginSession(key, stay);
  refusal.value =
    answer.problem.status === 401
      ? "This key is not valid here. Check that it was copied completely; a revoked key stays refused."
      : sentenceOf(answer.problem);
}

function submit(event: SubmitEvent): void {
  event.preventDefault();
  const form = new FormData(event.currentTarget as HTMLFormElement);
  void trySignIn(String(form.get("key") ?? "").trim(), form.get("stay") === "on");
}

export function SignIn() {
  usePageTitle("Sign in");
  const problem = refusal.value;
  return (
    <div class="door">
      <main class="door-card" id="main">
        <div class="door-brand">
          <Mark />
          <span>Tidings</span>
        </div>
        <h1>Sign in</h1>
        <p class="muted">
          Use a key of this installation. The server printed a link with its first key when it started.
        </p>
        {endedBecause.value !== undefined && problem === undefined && (
          <Notice kind="warning" title="You were signed out">
            {endedBecause.value}
          </Notice>
        )}
        <form onSubmit={submit} class="door-form">
          <label for="key">Key</label>
          <input
            id="key"
            name="key"
            type="password"
            autocomplete="current-password"
            spellcheck={false}
            autocapitalize="off"
            aria-invalid={problem !== undefined}
            aria-describedby={problem === undefined ? undefined : "key-problem"}
          />
          {problem !== undefined && (
            <p class="field-problem" id="key-problem" role="alert">
              {problem}
            </p>
          )}
          <label class="check">
            <input type="checkbox" name="stay" /> Stay signed in on this device
          </label>
          <button type="submit" class="button primary" disabled={busy.value}>
            {busy.value ? "Checking the key…" : "Sign in"}
          </button>
        </form>
      </main>
      <footer class="door-foot">
        <ThemeButton />
        <a href="/alerts">Alerts, without a key</a>
        <a href="/docs">HTTP API reference</a>
      </footer>
    </div>
  );
}
