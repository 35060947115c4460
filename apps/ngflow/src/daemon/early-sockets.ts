import { closeSync } from "node:fs";
import { bindEarly, type ListenAddress } from "@ngflow/collector";
import { hasCapability } from "@ngflow/os";
import { refuseSecondCollector } from "./collect-lock.ts";
import type { Inherited } from "./privileges.ts";

/** Descriptors of the sockets by the position of their address, as JSON; an empty list for an address without. */
const SOCKETS = "NGFLOW_UDP_SOCKETS";

/** In a child, the first descriptor after standard input, output, error and the channel. */
const FIRST_OF_CHILD = 4;

/**
 * The addresses to listen on, those of UDP with their sockets where the process may have receive buffers beyond the
 * limit of the system. The program that this one re-executes, or the child that it starts, gets the same sockets.
 * @param receivers sockets of each address
 * @throws DaemonError `collector-held` when an address cannot be bound and the data directory has a collector already
 * @throws CollectorError when an address cannot be bound
 */
export async function earlySockets(
  listen: readonly ListenAddress[],
  receivers: number,
  dataDirectory: string,
): Promise<readonly ListenAddress[]> {
  const handed = process.env[SOCKETS];
  delete process.env[SOCKETS];
  if (handed === undefined) {
    if (!hasCapability("net_admin")) return listen;
    return await bindEarly(listen, receivers).catch((error: unknown) => {
      // Its own collector is a better reason than its port.
      refuseSecondCollector(dataDirectory);
      throw error;
    });
  }
  const descriptors = JSON.parse(handed) as number[][];
  return listen.map((address, i) => (descriptors[i]?.length ? { ...address, fds: descriptors[i] } : address));
}

/** What the re-executed program inherits. */
export function inheritedSockets(listen: readonly ListenAddress[]): Inherited | undefined {
  const descriptors = listen.flatMap(({ fds = [] }) => fds);
  if (descriptors.length === 0) return undefined;
  return { descriptors, env: { [SOCKETS]: JSON.stringify(listen.map(({ fds = [] }) => fds)) } };
}

/** What a child inherits: `descriptors` follow its channel, in their order. */
export function socketsForChild(listen: readonly ListenAddress[]): Inherited | undefined {
  const inherited = inheritedSockets(listen);
  if (inherited === undefined) return undefined;
  let next = FIRST_OF_CHILD;
  const inChild = listen.map(({ fds = [] }) => fds.map(() => next++));
  return { descriptors: inherited.descriptors, env: { [SOCKETS]: JSON.stringify(inChild) } };
}

/** Closes the sockets in this process, when a child has them. */
export function closeEarlySockets(listen: readonly ListenAddress[]): void {
  for (const { fds = [] } of listen) for (const fd of fds) closeSync(fd);
}
