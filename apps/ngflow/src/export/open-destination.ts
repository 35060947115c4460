import type { Destination } from "./destination.ts";
import { ExportError } from "./errors.ts";
import { NOWHERE } from "./nowhere-destination.ts";
import { openPcap } from "./pcap-destination.ts";
import { openUdp } from "./udp-destination.ts";

/** Whether several sockets may send to a destination, each on its own. */
export function isShareable(to: string | undefined): boolean {
  return to === undefined || to.includes("://");
}

/**
 * Opens what `--to` names; without it, datagrams go nowhere.
 * @param port of the protocol's collectors, for a file
 * @throws ExportError `export-to`, or that of the destination
 */
export async function openDestination(to: string | undefined, port: number): Promise<Destination> {
  if (to === undefined) return NOWHERE;
  if (to.includes("://")) return openUdp(to);
  if (to === "-" || to.endsWith(".pcap")) return openPcap(to, port);
  throw new ExportError("export-to", `--to ${to}: expected udp://HOST:PORT, a file name that ends in .pcap, or -`);
}
