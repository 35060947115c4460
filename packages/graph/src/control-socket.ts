/**
 * The user's side of a `socket` node: what FreeBSD's control and data sockets offer, without a transport. The daemon
 * carries it over its control socket; tests use it directly.
 */
export interface ControlSocket {
  /** Id of the socket node. */
  readonly nodeId: number;
  /**
   * Sends a binary control message (56-byte header and data, little-endian; netgraph.md §1) to the node at `path`.
   * Replies have already been passed to `onMessage` when this returns.
   * @returns 0 or FreeBSD's errno.
   */
  send(path: string, message: Uint8Array): number;
  /**
   * Sends ASCII command and arguments, as libnetgraph's NgSendAsciiMsg does: conversion by the target, then delivery.
   * @returns errno, and the token that replies will carry.
   */
  sendAscii(path: string, command: string, args: string): { errno: number; token: number };
  /** Sends one packet out of a hook of the socket node; the empty name means the only hook. Returns 0 or an errno. */
  write(hook: string, packet: Uint8Array): number;
  /** Closes the sockets: the node goes away with its hooks. */
  close(): void;
}

/** What a control socket receives. */
export interface ControlSocketEvents {
  /** A binary message, replies included; `from` is the numeric address of its sender, `[2a]:`. */
  onMessage(from: string, message: Uint8Array): void;
  onData(hook: string, packet: Uint8Array): void;
}
