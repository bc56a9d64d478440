/* Where nothing has been posted yet: how to change that, ready to paste. */
import { KeyedCommand } from "./keyed-command";

interface EmptyPanelProps {
  title: string;
  /** What to do, and how soon it shows. */
  hint: string;
  commandWith(key: string): string;
}

export function EmptyPanel({ title, hint, commandWith }: EmptyPanelProps) {
  return (
    <div class="panel empty">
      <h2>{title}</h2>
      <p>{hint}</p>
      <KeyedCommand commandWith={commandWith} />
      <p class="muted">
        The copied command carries this page's key; it must be one that may post (admin or source). To see a busy page,
        start the server with <code>npm start -- --demo</code>
      </p>
    </div>
  );
}
