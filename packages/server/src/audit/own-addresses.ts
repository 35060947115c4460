import { networkInterfaces } from "node:os";

/**
 * Whether the graph of this machine may send from an address: one of the interfaces, as they are now. Of 127.0.0.0/8
 * that is 127.0.0.1; what comes from another is of a program that has chosen it, such as an exporter of the demo.
 */
export function ownAddresses(interfaces = networkInterfaces()): (address: string) => boolean {
  const own = new Set(Object.values(interfaces).flatMap((all) => all?.map(({ address }) => address) ?? []));
  return (address) => own.has(address);
}
