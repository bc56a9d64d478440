/* Closing sockets without tripping over the runtime's rules. */

/** Codes that say "there was none" or "it broke": they must not be sent. */
const UNSENDABLE = new Set([1005, 1006, 1015]);
/** A reason may have 123 bytes of UTF-8. */
const MAX_REASON_LENGTH = 40;

/** The runtime does not answer the close frame of a hibernating socket; without an answer the client waits for it. */
export function replyToClose(ws: WebSocket, code: number, reason: string): void {
  closeSocket(ws, UNSENDABLE.has(code) ? 1000 : code, reason.slice(0, MAX_REASON_LENGTH));
}

export function closeSocket(ws: WebSocket, code: number, reason: string): void {
  try {
    ws.close(code, reason);
  } catch {
    /* Already closed, by us, by the peer or by the runtime. */
  }
}
