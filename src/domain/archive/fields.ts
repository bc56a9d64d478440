/* Fields read out of a JSON text without parsing it: entries are archived by the ten thousand a second, and only their times
 * are asked for. */

/** Values of all fields of a name, those that are texts (as they are written) or those that are numbers. Outside of texts a
 * quotation mark is a key's or a value's, and inside of them it is escaped: nothing else is found. */
export function valuesOf(json: string, name: string, kind: "text" | "number"): string[] {
  const key = `"${name}":`;
  const values: string[] = [];
  for (let at = json.indexOf(key); at >= 0; at = json.indexOf(key, at)) {
    at += key.length;
    const isText = json.charAt(at) === '"';
    if (isText !== (kind === "text")) continue;
    const end = isText ? json.indexOf('"', at + 1) : endOfNumber(json, at);
    values.push(json.slice(isText ? at + 1 : at, end));
    at = end;
  }
  return values;
}

const NUMBER = /[^,}\]]*/y;

function endOfNumber(json: string, at: number): number {
  NUMBER.lastIndex = at;
  NUMBER.test(json);
  return NUMBER.lastIndex;
}
