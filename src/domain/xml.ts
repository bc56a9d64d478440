/* Writing XML 1.0: elements of text and elements of elements. Whatever a text holds, the result is well-formed. */

/** What XML 1.0 forbids in any spelling: control characters, halves of surrogate pairs, U+FFFE and U+FFFF. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;
// A parser would read a bare carriage return as a line feed.
const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;" };

export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** A text as XML carries it, in elements and in attributes; what XML forbids is left out. */
export const xmlText = (text: string): string =>
  text.replace(FORBIDDEN, "").replace(/[&<>"\r]/g, (character) => ESCAPES[character] as string);

const attributesOf = (attributes: Record<string, string>): string =>
  Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${xmlText(value)}"`)
    .join("");

/** An element that holds text. */
export const leaf = (name: string, text: string, attributes: Record<string, string> = {}): string =>
  `<${name}${attributesOf(attributes)}>${xmlText(text)}</${name}>`;

/** An element that holds elements, which are XML already. */
export const branch = (name: string, children: string[], attributes: Record<string, string> = {}): string =>
  `<${name}${attributesOf(attributes)}>${children.join("")}</${name}>`;
