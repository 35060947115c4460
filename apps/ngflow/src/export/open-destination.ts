import type { Destination } from "./destination.ts";
import { ExportError } from "./errors.ts";
import { NOWHERE } from "./nowhere-destination.ts";
import { openUdp } from "./udp-destination.ts";

/** Whether several sockets may send to a destination, each on its own. */
export function isShareable(to: string | undefined): boolean {
  return to === undefined || to.includes("://");
}

/**
 * Opens a destination that several threads send to, a socket for each.
 * @throws ExportError like `openUdp`
 */
export async function openShareable(to: string | undefined): Promise<Destination> {
  return to === undefined ? NOWHERE : openUdp(to);
}

/**
 * Opens what `--to` names; without it, datagrams go nowhere.
 * @param format protocol of the datagrams, by name
 * @throws ExportError `export-to`, or that of the destination
 */
export async function openDestination(to: string | undefined, format: string): Promise<Destination> {
  if (to === undefined || isShareable(to)) return openShareable(to);
  if (to === "-" || to.endsWith(".pcap")) {
    // A file has the port of the protocol. Sending must not wait for that table, which comes with all decoders.
    const [{ openPcap }, { PROTOCOLS }] = await Promise.all([import("./pcap-destination.ts"), import("@ngflow/wire")]);
    return openPcap(to, PROTOCOLS.find(({ name }) => name === format)!.port);
  }
  throw new ExportError("export-to", `--to ${to}: expected udp://HOST:PORT, a file name that ends in .pcap, or -`);
}
