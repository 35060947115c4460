import { libc } from "../libc.ts";

const AF_NETLINK = 16;
const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0o4000 | 0o2000000;
const NETLINK_ROUTE = 0;

/**
 * Opens a socket for rtnetlink(7) that does not block. Negative when the system refuses.
 * @throws NgflowError elsewhere than on Linux.
 */
export function openRouteNetlink(): number {
  return libc().socket(AF_NETLINK, SOCK_RAW_NONBLOCK_CLOEXEC, NETLINK_ROUTE);
}

/** A struct sockaddr_nl of no port of its own, for reports of these groups (a mask of RTMGRP_…). */
export function groupsAddress(groups: number): Uint8Array {
  return new Uint8Array(Uint16Array.of(AF_NETLINK, 0, 0, 0, groups, 0).buffer);
}
