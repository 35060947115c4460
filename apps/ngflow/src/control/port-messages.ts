import type { ClientRights } from "./client-rights.ts";
import type { Frame } from "./frame.ts";
import type { ListenCounters } from "./control-counters.ts";

/** Messages from the control socket's thread to the graph's thread. A client is a number that is never reused. */
export type ToGraphThread =
  | { readonly kind: "opened"; readonly client: number; readonly rights: ClientRights }
  /** Whole frames in order. Only their lengths are checked, not their contents. */
  | { readonly kind: "frames"; readonly client: number; readonly frames: readonly Frame[] }
  /** This many bytes for the client have left this process. */
  | { readonly kind: "taken"; readonly client: number; readonly bytes: number }
  | { readonly kind: "closed"; readonly client: number }
  /** The counters of that thread, sent whenever one of them has changed. */
  | { readonly kind: "counters"; readonly counters: ListenCounters };

/** Messages from the graph's thread. */
export type FromGraphThread =
  /** Frames in order; `answers` of them answer requests. */
  | { readonly kind: "write"; readonly client: number; readonly bytes: Uint8Array; readonly answers: number }
  /** Close the connection after everything is sent (`end`), or at once. */
  | { readonly kind: "end" | "destroy"; readonly client: number };

/** One end of the channel between the two threads: a MessagePort. */
export interface ThreadPort<Out, In> {
  postMessage(message: Out, transfer?: readonly ArrayBuffer[]): void;
  on(event: "message", listener: (message: In) => void): unknown;
}
