import { formatIpv4, type PacketBatch } from "@ngflow/base";
import { OutputFile } from "../../export/output-file.ts";
import { openPcap } from "../../export/pcap-destination.ts";
import { exporterAddress } from "../fleet.ts";
import type { FleetSender } from "./fleet-sender.ts";

/** Writes a pcap file in which each exporter has its address (`exporterAddress`). @throws ExportError */
export function openPcapSender(path: string, port: number): FleetSender {
  const file = openPcap(path, port);
  return {
    send(batch: PacketBatch, exporter: number): void {
      file.source = exporterAddress(exporter);
      file.send(batch);
    },
    ready: () => undefined,
    close: () => file.close(),
    discard: () => file.discard(),
    addressOf: (exporter) => formatIpv4(exporterAddress(exporter), 0),
    sendErrors: 0,
    refused: 0,
  };
}

/** Writes messages one after the other: an IPFIX file (RFC 5655). @throws ExportError */
export function openIpfixFile(path: string): FleetSender {
  const file = new OutputFile(path);
  return {
    send(batch: PacketBatch): void {
      for (let i = 0; i < batch.count; i++) {
        const at = batch.offsets[i]!;
        file.write(batch.buffer.subarray(at, at + batch.lengths[i]!));
      }
    },
    ready: () => undefined,
    close: async () => file.close(),
    discard: () => file.discard(),
    addressOf: () => "",
    sendErrors: 0,
    refused: 0,
  };
}
