/* The length of texts as platforms count it. */
const encoder = new TextEncoder();

/** In UTF-8. A Hebrew letter takes two bytes, a Chinese one three. */
export const bytesOf = (text: string): number => encoder.encode(text).length;
