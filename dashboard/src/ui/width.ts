/* How wide an element is, for pictures that are drawn to fit. */
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";

/** The element's ref, and its width in pixels: 0 before it is in the page. */
export function useWidth<E extends HTMLElement>() {
  const element = useRef<E>(null);
  const width = useSignal(0);
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return;
    const observer = new ResizeObserver(() => {
      width.value = current.clientWidth;
    });
    observer.observe(current);
    width.value = current.clientWidth;
    return () => observer.disconnect();
  }, []);
  return { element, width: width.value };
}
