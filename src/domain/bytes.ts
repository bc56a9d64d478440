const encoder = new TextEncoder();

/** How long a text is in UTF-8: what platforms count. A Hebrew letter takes two bytes, a Chinese one three. */
export const bytesOf = (text: string): number => encoder.encode(text).length;
