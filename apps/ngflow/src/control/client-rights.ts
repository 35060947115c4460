import type { Socket } from "node:net";
import { type PeerCredentials, peerCredentials } from "@ngflow/os";

/**
 * What a client of the control socket may do. `owner`: the daemon's user or root, who may do everything. `member`: in
 * the group of `--control-group`, who may change the graph, but not run code of their own or use the daemon's files.
 */
export type ClientRights = "owner" | "member";

/** Who the daemon is, for the question who its client is. */
export interface ControlOwner {
  readonly uid: number;
  /** The group of `--control-group`. */
  readonly group: number | undefined;
}

/**
 * The rights of who is at the other end; undefined for somebody who should not have been able to connect.
 * @param peer undefined where the system does not say: then the permission of the socket is what there is.
 */
export function rightsOf(peer: PeerCredentials | undefined, { uid, group }: ControlOwner): ClientRights | undefined {
  if (peer === undefined) return group === undefined ? "owner" : "member";
  if (peer.uid === uid || peer.uid === 0) return "owner";
  if (group !== undefined && (peer.gid === group || peer.groups.includes(group))) return "member";
  return undefined;
}

/** The kernel's word on the client of an accepted Unix socket; undefined where there is none. */
export function clientOf(socket: Socket): PeerCredentials | undefined {
  // Node.js has no public name for the descriptor of a socket.
  const { fd } = (socket as unknown as { readonly _handle: { readonly fd?: number } | null })._handle ?? {};
  return fd === undefined || fd < 0 ? undefined : peerCredentials(fd);
}
