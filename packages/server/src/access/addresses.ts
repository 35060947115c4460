import { isIP } from "node:net";
import { parseIp, plainAddress } from "@ngflow/base";

/** Whether an address or a name is reachable from this machine only: 127.0.0.0/8, `::1`, `localhost`. */
export function isLoopback(host: string): boolean {
  const plain = plainAddress(host);
  return plain === "localhost" || plain === "::1" || (isIP(plain) === 4 && plain.startsWith("127."));
}

/** Whether an address to bind to means every address of the machine. */
function isAny(host: string): boolean {
  return host === "" || host === "*" || host === "0.0.0.0" || /^[0:]+$/.test(host);
}

/** An address as the host of a URL: IPv6 in brackets. */
export function urlHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** Where a server is reached from its own machine: an address that means every address is reached through loopback. */
export function ownUrl(host: string, port: number, scheme: "http" | "https" = "http"): string {
  if (!isAny(host)) return `${scheme}://${urlHost(host)}:${port}`;
  return host.includes(":") ? `${scheme}://[::1]:${port}` : `${scheme}://127.0.0.1:${port}`;
}

/** Where a server listens, for people: `127.0.0.1:8080 (only this machine)`. */
export function listeningText(host: string, port: number): string {
  const where = `${urlHost(host)}:${port}`;
  if (isLoopback(host)) return `${where} (only this machine)`;
  if (isAny(host)) return `${where} (every address of this machine)`;
  return `${where} (the network of this address)`;
}

/** The part of an address that one client has: an IPv4 address, or the /64 of an IPv6 one. */
export function networkOf(address: string): string {
  const bytes = parseIp(address.replace(/%.*$/, ""));
  if (bytes === undefined) return address;
  const isV4 = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return Buffer.from(isV4 ? bytes : bytes.subarray(0, 8)).toString("hex");
}
