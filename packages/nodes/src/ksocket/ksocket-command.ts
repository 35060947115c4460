/** Cookie of ng_ksocket. */
export const KSOCKET_COOKIE = 942710669;

/** Command numbers of ng_ksocket.h (reference: nodes.md §2.3); the read-only and has-reply bits are not used there. */
export const KSOCKET_COMMAND = {
  bind: 1,
  listen: 2,
  accept: 3,
  connect: 4,
  getname: 5,
  getpeername: 6,
  setopt: 7,
  getopt: 8,
} as const;
