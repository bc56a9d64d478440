/* A name in two, for where there is no room for all of it. Pure. */

/** The end stays: it tells web-104 from web-105. */
const TAIL = 5;
/** Letters that stand for themselves. Others join with their neighbours, or are made of several, and are not parted. */
const APART = /^[\u0020-\u024f]*$/;

export const parted = (name: string): [head: string, tail: string] =>
  APART.test(name) ? [name.slice(0, -TAIL), name.slice(-TAIL)] : [name, ""];
