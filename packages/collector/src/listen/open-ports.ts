import { UdpPort } from "@ngflow/os/udp";
import type { ListenAddress } from "../config.ts";
import { isNoIpv6, listenError } from "./listen-error.ts";

/**
 * Binds every address, but those that are bound already; on a machine without IPv6, `0.0.0.0` for `::`.
 * @throws CollectorError when an address cannot be bound; then none is
 */
export function openPorts(listen: readonly ListenAddress[], receiveBufferBytes: number): UdpPort[] {
  const ports: UdpPort[] = [];
  for (const address of listen) {
    try {
      ports.push(openPort(address, receiveBufferBytes));
    } catch (error) {
      for (const port of ports) port.close();
      throw listenError(address, error);
    }
  }
  return ports;
}

function openPort({ host, port, fd }: ListenAddress, receiveBufferBytes: number): UdpPort {
  try {
    return new UdpPort(host, port, receiveBufferBytes, fd);
  } catch (error) {
    if (host !== "::" || !isNoIpv6(error)) throw error;
    return new UdpPort("0.0.0.0", port, receiveBufferBytes, fd);
  }
}
