/* Forgets a node. Asked once more. */
import { useLocation } from "preact-iso/router";
import { call, segment } from "../api/client";
import { ConfirmDialog } from "../ui/confirm-dialog";

const WORDS = { act: "Delete the node", acting: "Deleting…" };

export function DeleteDialog({ id, close }: { id: string; close(): void }) {
  const { route } = useLocation();
  const remove = () => call<unknown>(`/nodes/${segment(id)}`, { method: "DELETE" });
  return (
    <ConfirmDialog title={`Delete ${id}?`} words={WORDS} act={remove} done={() => route("/nodes")} close={close}>
      It leaves the wall at once, and nobody is told when it is silent. Its history stays. Its next beat registers it
      again, with defaults.
    </ConfirmDialog>
  );
}
