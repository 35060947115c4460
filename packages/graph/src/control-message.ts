/** NGM_READONLY and NGM_HASREPLY are part of the command number (reference: netgraph.md §1). */
export const READONLY = 0x10000000;
/** NGM_HASREPLY: the command has an answer. */
export const HASREPLY = 0x20000000;

/** A binary control message as a node sees it; integers in `data` are little-endian (amd64 layout). */
export interface ControlMessage {
  readonly cookie: number;
  readonly cmd: number;
  /** NGF_RESP is bit 0. */
  readonly flags: number;
  readonly token: number;
  readonly cmdstr: string;
  readonly data: Uint8Array;
}

/** Where the answer to a message goes; opaque to node types. */
export interface ReplyAddress {
  readonly nodeId: number;
  readonly token: number;
}
