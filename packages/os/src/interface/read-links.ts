import { hasLibc, libc } from "../libc.ts";
import { openRouteNetlink } from "../netlink/socket.ts";
import { type Link, linksRequest, readLinkMessages } from "./link-messages.ts";

const MSG_DONTWAIT = 0x40;
const MESSAGE_BYTES = 1 << 16;
/** How often a list is asked for again that changed while it was read. */
const ATTEMPTS = 3;

/**
 * The interfaces of this process's network namespace, or the one of a name, by rtnetlink(7); undefined where the kernel
 * does not answer.
 */
export function readLinks(name?: string): Link[] | undefined {
  const request = linksRequest(name);
  if (request === undefined) return [];
  if (!hasLibc()) return undefined;
  const c = libc();
  const fd = openRouteNetlink();
  if (fd < 0) return undefined;
  try {
    let links: Link[] | undefined;
    for (let i = 0; i < ATTEMPTS; i++) {
      const answer = ask(fd, request, name !== undefined);
      links = answer?.links ?? links;
      if (answer === undefined || !answer.interrupted) break;
    }
    return links;
  } finally {
    c.close(fd);
  }
}

/** The kernel answers before `send` and `recvfrom` return: nothing is waited for. */
function ask(fd: number, request: Uint8Array, single: boolean): { links: Link[]; interrupted: boolean } | undefined {
  const c = libc();
  // A netlink socket without a peer sends to the kernel.
  if (c.send(fd, request, request.length, 0) < 0) return undefined;
  const buffer = new Uint8Array(MESSAGE_BYTES);
  const links: Link[] = [];
  let interrupted = false;
  for (;;) {
    const length = Number(c.recvfrom(fd, buffer, MESSAGE_BYTES, MSG_DONTWAIT, 0n, 0n));
    if (length <= 0) return undefined;
    const reply = readLinkMessages(buffer, length, links);
    interrupted ||= reply.interrupted;
    if (!reply.done && !single) continue;
    // Every network namespace has a loopback interface: an empty list is a refusal.
    return links.length === 0 && !single ? undefined : { links, interrupted };
  }
}
