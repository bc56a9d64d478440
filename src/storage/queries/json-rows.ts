/* Rows that go to D1 as one JSON array, for `json_each(?)`: a statement has few parameters, and a message many rows. */

/** The columns of a row of the array, in the order of their names. */
export const jsonColumns = (names: readonly string[]): string => names.map((name) => `value->>'${name}'`).join(", ");
