/* A strict reader of the XML that the feeds are made of: elements, attributes, text, the five entities, character references.
 * Anything else (comments, CDATA, processing instructions, DTDs) and every breach of XML 1.0 throws. */

export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  /** Its own text, between its children. */
  text: string;
}

const NAME = /[A-Za-z_][A-Za-z0-9_.-]*/y;
const FORBIDDEN = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;
const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&([^;&]*)(;?)/g, (whole, name: string, end: string) => {
    const code = /^#(\d+)$/.exec(name)?.[1];
    const character = code === undefined ? ENTITIES[name] : String.fromCodePoint(Number(code));
    if (end === "" || character === undefined || FORBIDDEN.test(character)) throw new Error(`bad reference ${whole}`);
    return character;
  });
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): XmlElement {
    if (FORBIDDEN.test(this.#text)) throw new Error("a character that XML forbids");
    this.#skip('<?xml version="1.0" encoding="UTF-8"?>\n');
    const root = this.#element();
    if (this.#at !== this.#text.length) throw new Error(`text after the root: ${this.#rest()}`);
    return root;
  }

  #element(): XmlElement {
    this.#expect("<");
    const name = this.#name();
    const element: XmlElement = { name, attributes: this.#attributes(), children: [], text: "" };
    while (!this.#skip("</")) {
      if (this.#text[this.#at] === "<") element.children.push(this.#element());
      else element.text += this.#characters();
    }
    this.#expect(`${name}>`);
    return element;
  }

  #attributes(): Record<string, string> {
    const attributes: Record<string, string> = {};
    while (this.#skip(" ")) {
      const name = this.#name();
      this.#expect('="');
      if (name in attributes) throw new Error(`${name} twice`);
      attributes[name] = unescaped(this.#until('"'));
      this.#expect('"');
    }
    this.#expect(">");
    return attributes;
  }

  #characters(): string {
    const text = this.#until("<");
    if (text === "" || text.includes("]]>")) throw new Error(`bad text at ${this.#rest()}`);
    // What a parser makes of line ends that are not escaped.
    return unescaped(text.replace(/\r\n?/g, "\n"));
  }

  #until(end: string): string {
    const start = this.#at;
    this.#at = this.#text.indexOf(end, start);
    if (this.#at < 0) throw new Error(`no ${end} after ${this.#text.slice(start, start + 40)}`);
    const text = this.#text.slice(start, this.#at);
    if (text.includes("<")) throw new Error(`< in ${text}`);
    return text;
  }

  #name(): string {
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.#text)?.[0];
    if (name === undefined) throw new Error(`no name at ${this.#rest()}`);
    this.#at += name.length;
    return name;
  }

  #skip(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #expect(token: string): void {
    if (!this.#skip(token)) throw new Error(`expected ${token} at ${this.#rest()}`);
  }

  #rest = (): string => this.#text.slice(this.#at, this.#at + 40);
}

/** Throws unless the text is a well-formed document. */
export const readXml = (text: string): XmlElement => new Reader(text).document();

export const childrenOf = (element: XmlElement, name: string): XmlElement[] =>
  element.children.filter((child) => child.name === name);

/** The text of an only child; undefined when there is none. */
export const textOf = (element: XmlElement, name: string): string | undefined => childrenOf(element, name)[0]?.text;
