import type { Destination } from "./destination.ts";

/** Takes datagrams and forgets them: for a run whose result is its totals. */
export const NOWHERE: Destination = {
  sendErrors: 0,
  refused: 0,
  send: () => 0,
  ready: () => undefined,
  close: async () => undefined,
  discard: () => undefined,
};
