/* How long ago something was, as a text that changes by itself. */
import { useComputed } from "@preact/signals";
import { now } from "../ui/clock";
import { age, dateTime } from "../ui/format";

/** Give it `key={at}`: it is made for one moment. */
export function Since({ at }: { at: number }) {
  const text = useComputed(() => age(now.value - at));
  return <time title={`${dateTime(at)} UTC`}>{text}</time>;
}
