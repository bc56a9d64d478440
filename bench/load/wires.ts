/* How alerts arrive: the words that each server uses on its WebSocket. The client is `ws` for all of them, so that none is
 * judged by the speed of its own client library. */
import { isFrame } from "./frame-text.ts";

export type WireName = "tidings" | "plain" | "socket.io";

export interface Position {
  epoch: string;
  seq: number;
}

/** What a message means: a frame, the socket is ready to hear (and what it has), an answer to give, or nothing. */
export type Heard =
  | { frame: Buffer }
  | { ready: Position; acknowledge: boolean }
  | { reply: string }
  | { error: string }
  | undefined;

export interface Wire {
  /** @param after what the socket had when it was dropped */
  address(url: string, after: Position | undefined): string;
  /** A new reader for each socket. */
  reader(after: Position | undefined): (text: Buffer) => Heard;
}

const socketUrl = (url: string, path: string): string => `${url.replace("http", "ws")}${path}`;

const tidings: Wire = {
  address(url, after) {
    const resume = after === undefined ? "" : `&after=${after.epoch}:${after.seq}`;
    return socketUrl(url, `/api/v1/stream?topics=alerts${resume}`);
  },
  reader(after) {
    let acknowledge = false;
    return (text) => {
      if (isFrame(text)) return { frame: text };
      const message = JSON.parse(text.toString()) as { type: string; acknowledge?: boolean } & Position;
      if (message.type === "error") return { error: text.toString() };
      if (message.type === "hello") {
        acknowledge = message.acknowledge === true;
        return after === undefined ? undefined : { ready: after, acknowledge };
      }
      const { epoch, seq } = message;
      return message.type === "snapshot" ? { ready: { epoch, seq }, acknowledge } : undefined;
    };
  },
};

/** A server that only sends frames. */
const plain: Wire = {
  address: (url) => socketUrl(url, "/"),
  reader: () => (text) => (isFrame(text) ? { frame: text } : { ready: { epoch: "", seq: 0 }, acknowledge: false }),
};

/** Engine.IO 4 and Socket.IO 5: `0` opens, `40` joins, `42[name, data]` is an event, `2` asks for `3`. */
const socketIo: Wire = {
  address: (url) => socketUrl(url, "/socket.io/?EIO=4&transport=websocket"),
  reader: () => (text) => {
    if (text[0] === 0x34 && text[1] === 0x32) return { frame: text.subarray(text.indexOf("{"), -1) };
    if (text[0] === 0x30) return { reply: "40" };
    if (text[0] === 0x32) return { reply: "3" };
    if (text[0] === 0x34 && text[1] === 0x30) return { ready: { epoch: "", seq: 0 }, acknowledge: false };
    return text[0] === 0x34 && text[1] === 0x34 ? { error: text.toString() } : undefined;
  },
};

export const WIRES: Record<WireName, Wire> = { tidings, plain, "socket.io": socketIo };
