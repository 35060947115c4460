import { libc } from "../libc.ts";
import { groupsAddress, openRouteNetlink } from "../netlink/socket.ts";

const RTMGRP_LINK = 1;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const MSG_DONTWAIT = 0x40;
const MESSAGE_BYTES = 16_384;
/** Reports read in one turn; a longer burst continues in the next. */
const REPORTS_PER_TURN = 64;
/** Reports come in bursts: `changed` is called once, this long after the first one. */
const SETTLE_MS = 20;

/**
 * Calls `changed` soon after interfaces appeared, vanished, were renamed, or changed their state or address
 * (rtnetlink(7)). What changed is for the caller to look up, so a report that the kernel had to drop costs nothing.
 * @returns the way to stop; nothing is called afterwards.
 * @throws NgflowError elsewhere than on Linux.
 */
export function watchLinks(changed: () => void): () => void {
  const c = libc();
  const fd = openRouteNetlink();
  const address = groupsAddress(RTMGRP_LINK);
  if (fd < 0 || c.bind(fd, address, address.length) < 0) {
    if (fd >= 0) c.close(fd);
    return () => {};
  }
  const message = new Uint8Array(MESSAGE_BYTES);
  let settling: NodeJS.Timeout | undefined;

  const onReady = (status: number): void => {
    // The kernel ran out of room for reports, and the event loop has stopped watching: clear the error and go on.
    if (status < 0) {
      c.getsockopt(fd, SOL_SOCKET, SO_ERROR, new Uint8Array(4), new Uint8Array(Int32Array.of(4).buffer));
      watch.start({ readable: true }, onReady);
    }
    for (let n = 0; n < REPORTS_PER_TURN; n++) {
      if (c.recvfrom(fd, message, MESSAGE_BYTES, MSG_DONTWAIT, 0n, 0n) < 0) break;
    }
    settling ??= setTimeout(() => {
      settling = undefined;
      changed();
    }, SETTLE_MS).unref();
  };

  const watch = c.watch(fd, { readable: true }, onReady);
  watch.unref();
  let stopped = false;
  return () => {
    if (stopped) return;
    stopped = true;
    clearTimeout(settling);
    watch.close();
    c.close(fd);
  };
}
