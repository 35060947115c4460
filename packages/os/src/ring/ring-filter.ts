import { LINK_ETHERNET } from "@ngflow/base";
import { keepBytes, limited, type LinkFilter, type SocketFilter } from "../filter/socket-filter.ts";
import { KernelError, LINUX } from "../linux-errno.ts";

/**
 * What the kernel runs for each frame; undefined when every frame is wanted whole.
 * @throws KernelError EINVAL for a filter that needs Ethernet headers, where packets begin with the IP header.
 */
export function ringFilter(
  choice: LinkFilter | undefined,
  linkType: number,
  snapLengthBytes: number,
  interfaceName: string,
): SocketFilter | undefined {
  const filter = linkType === LINK_ETHERNET ? choice?.ethernet : choice?.raw;
  if (choice !== undefined && filter === undefined) {
    throw new KernelError(
      LINUX.EINVAL,
      `cannot capture on ${interfaceName}: the filter needs Ethernet headers, and packets there begin with the IP header`,
    );
  }
  if (snapLengthBytes === 0) return filter;
  return filter === undefined ? keepBytes(snapLengthBytes) : limited(filter, snapLengthBytes);
}
