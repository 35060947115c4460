import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { isMulticast } from "@ngflow/base";

/**
 * A UDP socket of node:dgram, bound to an address, or to a multicast group that it joins.
 * @param host an address; `%ZONE` names the interface of a group or of a link-local address
 * @throws an error with the system's code; ENODEV when no interface fits the group
 */
export function bindDatagramSocket(host: string, port: number): Promise<Socket> {
  const group = isMulticast(host);
  const isV6 = isIPv6(host);
  const [address, zone] = host.split("%") as [string, string?];
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: isV6 ? "udp6" : "udp4", reuseAddr: group });
    const fail = (error: Error): void => {
      socket.close();
      reject(error);
    };
    socket.once("error", fail);
    socket.bind({ address: isV6 ? host : address, port, exclusive: true }, () => {
      socket.removeAllListeners("error");
      try {
        if (group) socket.addMembership(address, zone === undefined ? undefined : interfaceOf(zone, isV6));
        resolve(socket);
      } catch (error) {
        fail(error as Error);
      }
    });
  });
}

/** An interface as node:dgram names it: by its address in IPv4, by its zone in IPv6. */
function interfaceOf(zone: string, isV6: boolean): string {
  if (isV6) return `::%${zone}`;
  const own = networkInterfaces()[zone]?.find(({ family }) => family === "IPv4");
  if (own !== undefined) return own.address;
  throw Object.assign(new Error(`"${zone}" is not an interface with an IPv4 address`), { code: "ENODEV" });
}
