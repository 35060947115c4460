import { readFile } from "node:fs/promises";
import { parseIp, isMappedIpv4, toHex } from "@ngflow/base";

/** A bound UDP socket as `/proc/net/udp` and `/proc/net/udp6` name it. */
export interface BoundAddress {
  readonly host: string;
  readonly port: number;
  readonly family: 4 | 6;
}

/**
 * Datagrams that the kernel dropped at the UDP sockets bound to `addresses` since they were opened, for every address
 * in order; 0 where the kernel has no such file (it is Linux's).
 */
export async function readKernelDrops(addresses: readonly BoundAddress[]): Promise<number[]> {
  const [v4, v6] = await Promise.all([readTable("/proc/net/udp"), readTable("/proc/net/udp6")]);
  return addresses.map((address) => (address.family === 4 ? v4 : v6).get(procAddress(address)) ?? 0);
}

async function readTable(file: string): Promise<Map<string, number>> {
  let text: string;
  try {
    text = await readFile(file, "latin1");
  } catch {
    return new Map();
  }
  return parseDrops(text);
}

/** Drops by local address, from the text of `/proc/net/udp` or `udp6`: second column and last column of every line. */
function parseDrops(text: string): Map<string, number> {
  const drops = new Map<string, number>();
  for (const line of text.split("\n").slice(1)) {
    const columns = line.trim().split(/\s+/);
    const local = columns[1];
    const count = Number(columns.at(-1));
    if (columns.length >= 13 && local !== undefined && Number.isFinite(count)) {
      drops.set(local, (drops.get(local) ?? 0) + count);
    }
  }
  return drops;
}

/** Local address as these files print it: 32-bit words in host order (little-endian), port in hexadecimal. */
function procAddress({ host, port, family }: BoundAddress): string {
  const bytes = parseIp(host) ?? new Uint8Array(16);
  const words = family === 4 && isMappedIpv4(bytes) ? bytes.subarray(12) : bytes.subarray(family === 4 ? 12 : 0);
  let hex = "";
  for (let i = 0; i < words.length; i += 4) hex += toHex(words.slice(i, i + 4).reverse());
  return `${hex.toUpperCase()}:${port.toString(16).toUpperCase().padStart(4, "0")}`;
}
