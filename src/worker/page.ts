/* Lists in pages. */

/** The first `limit` rows, and where the next page begins; null with the last one.
 * @param rows one more than `limit`, where there are so many
 * @param cursorOf where the page after a row begins */
export function pageOf<T>(rows: readonly T[], limit: number, cursorOf: (last: T) => string) {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { page, next_cursor: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}
