/* How long ago something was, as a text that changes by itself. */
import { useComputed } from "@preact/signals";
import { time } from "../ui/clock";
import { age, dateTime } from "../ui/format";

/** Give it `key={at}`: it is made for one moment. */
export function Since({ at }: { at: number }) {
  const text = useComputed(() => age(time.value - at));
  return <time title={`${dateTime(at)} UTC`}>{text}</time>;
}
