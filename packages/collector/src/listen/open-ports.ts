import { isMulticast } from "@ngflow/base";
import { UdpPort } from "@ngflow/os/udp";
import type { ListenAddress } from "../config.ts";
import { isNoIpv6, listenError } from "./listen-error.ts";

/**
 * Binds every address, but those that are bound already, once for each receiver; on a machine without IPv6, `0.0.0.0`
 * for `::`. The first socket of a port is bound as the only one, so a port that another program has is refused also
 * where that program shares it. A multicast group has one socket: each of several would get every datagram.
 * @returns the sockets of each receiver: of the first one for every address, in their order
 * @throws CollectorError when an address cannot be bound; then none is
 */
export function openPorts(
  listen: readonly ListenAddress[],
  receiveBufferBytes: number,
  receivers: number,
): readonly (readonly UdpPort[])[] {
  const all: UdpPort[][] = Array.from({ length: receivers }, () => []);
  for (const address of listen) {
    try {
      for (const [i, port] of portsOf(address, receiveBufferBytes, receivers).entries()) all[i]!.push(port);
    } catch (error) {
      for (const port of all.flat()) port.close();
      throw listenError(address, error);
    }
  }
  return all.filter((ports, i) => i === 0 || ports.length > 0);
}

/** The sockets of one address. */
function portsOf(address: ListenAddress, receiveBufferBytes: number, receivers: number): UdpPort[] {
  const { host, fds = [] } = address;
  const ports = [openPort(address, receiveBufferBytes, fds[0])];
  const first = ports[0]!;
  const count = isMulticast(host) ? 1 : receivers;
  try {
    if (count > 1 && fds.length < count) first.share();
    for (let i = 1; i < count; i++) {
      const { bound } = first;
      ports.push(new UdpPort(bound.host, bound.port, receiveBufferBytes, { fd: fds[i], joins: true }));
    }
    return ports;
  } catch (error) {
    for (const port of ports) port.close();
    throw error;
  }
}

function openPort({ host, port }: ListenAddress, receiveBufferBytes: number, fd: number | undefined): UdpPort {
  try {
    return new UdpPort(host, port, receiveBufferBytes, { fd });
  } catch (error) {
    if (host !== "::" || !isNoIpv6(error)) throw error;
    return new UdpPort("0.0.0.0", port, receiveBufferBytes, { fd });
  }
}
