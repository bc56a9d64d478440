/* What an alert is about. Names from anywhere: each keeps its own direction and does not turn the punctuation beside it. */
import type { Shown } from "./shown";

export function Types({ alert }: { alert: Pick<Shown, "type" | "types"> }) {
  if (alert.types.length < 2) return <bdi>{alert.type}</bdi>;
  return (
    <>
      <bdi>{alert.type}</bdi>:{" "}
      {alert.types.map((type, i) => (
        <span key={type}>
          {i > 0 && ", "}
          <bdi>{type}</bdi>
        </span>
      ))}
    </>
  );
}
