/* A line to paste, with what it is for. */
import type { ComponentChildren } from "preact";
import { CopyButton } from "../ui/copy-button";

export function Command({ title, text, children }: { title: string; text: string; children?: ComponentChildren }) {
  return (
    <div class="command">
      <h3>{title}</h3>
      {children !== undefined && <p class="muted small">{children}</p>}
      <div class="code">
        <pre>{text}</pre>
        <div class="code-actions">
          <CopyButton text={text} what={title} />
        </div>
      </div>
    </div>
  );
}
