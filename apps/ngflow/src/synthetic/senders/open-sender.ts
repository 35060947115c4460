import { PROTOCOLS } from "@ngflow/wire";
import { GenerateError } from "../errors.ts";
import type { GeneratedFormat } from "../fleet.ts";
import type { FleetSender } from "./fleet-sender.ts";
import { openIpfixFile, openPcapSender } from "./file-sender.ts";
import { openTcpSender } from "./tcp-sender.ts";
import { openUdpSender } from "./udp-sender.ts";

/** Whether a destination is a file: nothing waits for its clock, and it ends by itself. */
export function isFile(to: string): boolean {
  return !to.includes("://");
}

/**
 * Opens what `--to` names: `udp://HOST:PORT`, `tcp://HOST:PORT` (IPFIX), or a file: of IPFIX messages, if the format is
 * IPFIX and the name does not end in .pcap, else a pcap file.
 * @throws GenerateError or ExportError
 */
export async function openSender(to: string, format: GeneratedFormat, exporters: number): Promise<FleetSender> {
  if (to.startsWith("udp://")) return openUdpSender(to, exporters);
  if (to.startsWith("tcp://")) {
    if (format !== "ipfix") {
      throw new GenerateError("generate-option", `--to ${to}: only IPFIX is sent over TCP; add --format ipfix`);
    }
    return openTcpSender(to, exporters);
  }
  if (!isFile(to)) {
    throw new GenerateError("generate-option", `--to ${to}: expected udp://HOST:PORT, tcp://HOST:PORT or a file name`);
  }
  if (format === "ipfix" && !to.endsWith(".pcap")) return openIpfixFile(to);
  return openPcapSender(to, PROTOCOLS.find(({ name }) => name === format)!.port);
}
