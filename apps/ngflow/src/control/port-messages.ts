import type { Frame } from "./frame.ts";
import type { ListenCounters } from "./control-counters.ts";

/** What the thread of the control socket tells the graph's thread; a client is a number that is never used again. */
export type ToGraphThread =
  | { readonly kind: "opened"; readonly client: number }
  /** Whole frames in order, as far as their lengths go; what is in them is unchecked. */
  | { readonly kind: "frames"; readonly client: number; readonly frames: readonly Frame[] }
  /** So many bytes for the client have left this process. */
  | { readonly kind: "taken"; readonly client: number; readonly bytes: number }
  | { readonly kind: "closed"; readonly client: number }
  /** The counters of that thread, whenever one of them has changed. */
  | { readonly kind: "counters"; readonly counters: ListenCounters };

/** What the graph's thread answers. */
export type FromGraphThread =
  /** Frames, one behind the other; `answers` of them answer requests. */
  | { readonly kind: "write"; readonly client: number; readonly bytes: Uint8Array; readonly answers: number }
  /** Close the connection when everything has gone out, or at once. */
  | { readonly kind: "end" | "destroy"; readonly client: number };

/** One end of the channel between the two threads: a MessagePort. */
export interface ThreadPort<Out, In> {
  postMessage(message: Out, transfer?: readonly ArrayBuffer[]): void;
  on(event: "message", listener: (message: In) => void): unknown;
}
