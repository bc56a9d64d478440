/* A table of a report: it scrolls on a screen and is whole on paper. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Scroller } from "../ui/scroller";
import { TableHead } from "../ui/table-head";

interface SheetProps {
  title: string;
  head: string[];
  /** So many columns are texts; the others are numbers. */
  texts: number;
  children: ComponentChildren;
}

export function Sheet({ title, head, texts, children }: SheetProps) {
  // Not by the title: web-1 and web-2 are told apart.
  const id = useId();
  return (
    <section class="panel flush" aria-labelledby={id}>
      <div class="panel-head">
        <h2 id={id}>{title}</h2>
      </div>
      <Scroller label={title}>
        <table class="node-table report-table">
          <TableHead names={head} texts={texts} />
          <tbody>{children}</tbody>
        </table>
      </Scroller>
    </section>
  );
}
