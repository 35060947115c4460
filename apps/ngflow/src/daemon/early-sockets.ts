import { bindEarly, type ListenAddress } from "@ngflow/collector";
import { hasCapability } from "@ngflow/os";
import type { Inherited } from "./privileges.ts";

/** Descriptors of the sockets by the position of their address, as JSON; null for one without. */
const SOCKETS = "NGFLOW_UDP_SOCKETS";

/**
 * The addresses to listen on, those of UDP with their sockets where the process may have receive buffers beyond the
 * limit of the system. The program that this one re-executes gets the same sockets.
 * @throws CollectorError when an address cannot be bound
 */
export async function earlySockets(listen: readonly ListenAddress[]): Promise<readonly ListenAddress[]> {
  const handed = process.env[SOCKETS];
  delete process.env[SOCKETS];
  if (handed === undefined) return hasCapability("net_admin") ? await bindEarly(listen) : listen;
  const descriptors = JSON.parse(handed) as (number | null)[];
  return listen.map((address, i) => ({
    ...address,
    ...(typeof descriptors[i] === "number" && { fd: descriptors[i] }),
  }));
}

/** What the re-executed program inherits. */
export function inheritedSockets(listen: readonly ListenAddress[]): Inherited | undefined {
  const descriptors = listen.flatMap(({ fd }) => fd ?? []);
  if (descriptors.length === 0) return undefined;
  return { descriptors, env: { [SOCKETS]: JSON.stringify(listen.map(({ fd }) => fd ?? null)) } };
}
