/* /openapi.json and /docs: the reference for machines and for people, both made once per isolate. */
import { referencePage } from "../docs-page";
import { openApi } from "../openapi";
import { group, type RouteGroup, route } from "../route";

const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** @param groups asked when the first reader comes: these routes are in the list themselves */
export function reference(groups: () => RouteGroup[]): RouteGroup[] {
  const text = once(() => JSON.stringify(openApi(groups())));
  const page = once(() => referencePage(openApi(groups())));
  const machine = route(
    {
      method: "GET",
      path: "/openapi.json",
      summary: "This reference as OpenAPI 3.1",
      answers: { 200: { description: "The document", contentType: "application/json" } },
    },
    () => answer(text(), "application/json"),
  );
  const human = route(
    {
      method: "GET",
      path: "/docs",
      summary: "This reference as a page",
      answers: { 200: { description: "The page", contentType: "text/html" } },
    },
    () => answer(page(), "text/html; charset=utf-8"),
  );
  return [group("Reference", "", "public", [machine, human])];
}

const answer = (body: string, type: string): Response =>
  new Response(body, {
    headers: { "content-type": type, "cache-control": "public, max-age=300", "content-security-policy": PAGE_POLICY },
  });

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
