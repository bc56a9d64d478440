import { useEffect } from "preact/hooks";

/** The tab says which page it is. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Tidings`;
  }, [title]);
}
