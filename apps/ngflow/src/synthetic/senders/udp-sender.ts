import { formatIpv4, type PacketBatch } from "@ngflow/base";
import type { Destination } from "../../export/destination.ts";
import { openUdp } from "../../export/udp-destination.ts";
import type { FleetSender } from "./fleet-sender.ts";

/** 127.1.0.1 and up, an address for each exporter. */
function loopbackAddress(exporter: number): Uint8Array {
  const number = exporter + 1;
  return Uint8Array.of(127, 1 + (number >>> 16), (number >>> 8) & 0xff, number & 0xff);
}

/**
 * Opens a socket for every exporter. To a collector on 127.0.0.0/8 several exporters have an address of their own each,
 * elsewhere a source port.
 * @throws ExportError as `openUdp` does
 */
export async function openUdpSender(to: string, exporters: number): Promise<FleetSender> {
  const own = exporters > 1 && to.startsWith("udp://127.");
  const sockets: Destination[] = [];
  try {
    for (let i = 0; i < exporters; i++) sockets.push(await openUdp(to, own ? loopbackAddress(i) : undefined));
  } catch (error) {
    for (const socket of sockets) socket.discard();
    throw error;
  }
  const total = (name: "sendErrors" | "refused"): number => sockets.reduce((sum, socket) => sum + socket[name], 0);
  return {
    send(batch: PacketBatch, exporter: number): void {
      sockets[exporter]!.send(batch);
    },
    ready: (exporter) => sockets[exporter]!.ready(),
    async close(): Promise<void> {
      for (const socket of sockets) await socket.close();
    },
    discard(): void {
      for (const socket of sockets) socket.discard();
    },
    addressOf: (exporter) => (own ? formatIpv4(loopbackAddress(exporter), 0) : ""),
    get sendErrors(): number {
      return total("sendErrors");
    },
    get refused(): number {
      return total("refused");
    },
  };
}
