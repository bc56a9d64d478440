/* Ends an alert before its time. Asked once more, because everybody is told at once. */
import { signal } from "@preact/signals";
import { call, segment } from "../api/client";
import { ConfirmDialog } from "../ui/confirm-dialog";
import type { Shown } from "./shown";
import { Types } from "./types";

/** The alert whose cancelling is asked about. */
export const toCancel = signal<Shown | undefined>(undefined);

const WORDS = { act: "Cancel the alert", acting: "Cancelling…" };

function close(): void {
  toCancel.value = undefined;
}

function Question({ alert }: { alert: Shown }) {
  const cancel = () => call<unknown>(`/alerts/${segment(alert.id)}/cancel`, { method: "POST", body: {} });
  const title = (
    <>
      Cancel the {alert.drill ? "drill" : "alert"} for <bdi>{alert.location}</bdi>?
    </>
  );
  return (
    <ConfirmDialog title={title} words={WORDS} act={cancel} done={close} close={close}>
      <Types alert={alert} />, {alert.count} {alert.count === 1 ? "event" : "events"}. It ends now for everybody and is
      marked as cancelled. This cannot be taken back; a new event opens a new alert.
    </ConfirmDialog>
  );
}

export function CancelDialog() {
  const alert = toCancel.value;
  return alert === undefined ? null : <Question key={alert.id} alert={alert} />;
}
