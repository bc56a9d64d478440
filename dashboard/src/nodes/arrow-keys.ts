/* Going through a wall of tiles by arrow keys. Pure. */

export interface Place {
  left: number;
  top: number;
  width: number;
}

const centre = ({ left, width }: Place): number => left + width / 2;

/** The nearest tile of the next row up or down. */
function acrossRows(places: readonly Place[], from: Place, isDown: boolean): number | undefined {
  const beyond = places.filter(({ top }) => (isDown ? top > from.top + 1 : top < from.top - 1));
  if (beyond.length === 0) return undefined;
  const row = isDown ? Math.min(...beyond.map(({ top }) => top)) : Math.max(...beyond.map(({ top }) => top));
  const inRow = beyond.filter(({ top }) => Math.abs(top - row) <= 1);
  const distance = (place: Place) => Math.abs(centre(place) - centre(from));
  return places.indexOf(inRow.reduce((best, place) => (distance(place) < distance(best) ? place : best)));
}

/** Which tile a key leads to; undefined for a key that leads nowhere from here. */
export function tileAfter(key: string, places: readonly Place[], at: number): number | undefined {
  const from = places[at];
  if (from === undefined) return undefined;
  switch (key) {
    case "ArrowRight":
      return at + 1 < places.length ? at + 1 : undefined;
    case "ArrowLeft":
      return at > 0 ? at - 1 : undefined;
    case "ArrowDown":
    case "ArrowUp":
      return acrossRows(places, from, key === "ArrowDown");
    case "Home":
      return 0;
    case "End":
      return places.length - 1;
    default:
      return undefined;
  }
}
