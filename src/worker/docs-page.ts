/* The reference page: the OpenAPI document as plain HTML, without a script and without another host. */
import { ERRORS, type ErrorCode } from "../domain/error";
import type { OpenApiDocument, Operation } from "./openapi";

export function referencePage(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const sections = document.tags.map(({ name }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name));
    return `<h2 id="${name}">${name}</h2>${own.map(({ path, method, operation }) => card(path, method, operation)).join("")}`;
  });
  const contents = document.tags.map(({ name }) => `<a href="#${name}">${name}</a>`);
  return page(
    `<h1>Tidings API</h1><p>${text(String(document.info.description))} Version ${text(String(document.info.version))}.
    For machines: <a href="/openapi.json">/openapi.json</a>.</p>
    <nav aria-label="Contents">${[...contents, '<a href="#problems">Problems</a>'].join(" ")}</nav>
    ${sections.join("")}<h2 id="problems">Problems</h2>${problems()}`,
  );
}

function card(path: string, method: string, operation: Operation): string {
  const { summary, description, security, parameters = [], requestBody, responses } = operation;
  const kinds = security.flatMap((s) => Object.keys(s)).join(" or ");
  const isOpen = security.some((s) => Object.keys(s).length === 0);
  const credentials = security.length === 0 ? "public" : kinds + (isOpen ? ", unless its topic is public" : "");
  return `<article id="${operation.operationId}"><h3><code>${method.toUpperCase()}</code> <code>${text(path)}</code></h3>
    <p>${text(summary)}. <small>Needs: ${credentials}.</small></p>${description ? `<p>${text(description)}</p>` : ""}
    ${parameters.length > 0 ? table(["Parameter", "In", "Meaning"], parameters.map(parameterRow)) : ""}
    ${requestBody ? schema("Body", requestBody) : ""}
    ${Object.entries(responses).map(responseRow).join("")}</article>`;
}

function parameterRow(parameter: Record<string, unknown>): string[] {
  const { name, required, description = "", schema: shape } = parameter;
  const fallback = (shape as { default?: unknown }).default;
  const notes = [String(description), required ? "required" : "", fallback === undefined ? "" : `default ${fallback}`];
  return [`<code>${text(String(name))}</code>`, String(parameter.in), text(notes.filter((n) => n !== "").join("; "))];
}

function responseRow([status, response]: [string, Record<string, unknown>]): string {
  return schema(`${status} ${String(response.description)}`, response);
}

/** Problem documents look alike, so their shape is not repeated. */
function schema(title: string, holder: Record<string, unknown>): string {
  const content = (holder.content ?? {}) as Record<string, { schema: unknown }>;
  const shape = content["application/json"]?.schema;
  if (shape === undefined) return `<p class="answer">${text(title)}</p>`;
  return `<details><summary>${text(title)}</summary><pre tabindex="0">${text(JSON.stringify(shape, null, 2))}</pre></details>`;
}

function problems(): string {
  const rows = (Object.keys(ERRORS) as ErrorCode[]).map((code) => {
    const [status, title] = ERRORS[code];
    return [`<code id="problem-${code}">${code}</code>`, String(status), text(title)];
  });
  return table(["Code", "Status", "Meaning"], rows);
}

const table = (head: string[], rows: string[][]): string =>
  `<table><thead><tr>${head.map((h) => `<th scope="col">${h}</th>`).join("")}</tr></thead><tbody>${rows
    .map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join("")}</tr>`)
    .join("")}</tbody></table>`;

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const text = (value: string): string => value.replace(/[&<>"]/g, (char) => ESCAPES[char] as string);

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{margin:0 auto;max-width:56rem;padding:1rem}
nav a{margin-right:1rem}article{border-top:1px solid #8886;padding:.5rem 0}code,pre{font:14px/1.5 ui-monospace,monospace}
pre{overflow:auto;max-height:24rem;padding:.75rem;background:#8881}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0}.answer{margin:.25rem 0}summary{cursor:pointer}`;

const page = (body: string): string => `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Tidings API</title><style>${STYLE}</style></head>
<body><main>${body}</main></body></html>`;
