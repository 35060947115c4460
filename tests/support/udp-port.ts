import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { sleep } from "./command.ts";

/** Where Linux lists the sockets of UDP, IPv4 ones and IPv6 ones. */
const SOCKETS = ["/proc/net/udp", "/proc/net/udp6"].filter(existsSync);
/** How long a program gets to read what waits, where nothing reports whether it has. */
const READ_MS = 1000;

/** A UDP port of the loopback interface that nothing listens on. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

/**
 * Waits until the program that listens on a UDP port has read all that had arrived there.
 * @throws when its socket had no room for a datagram: on a busy machine a program is not always awake in time
 */
export async function untilRead(port: number): Promise<void> {
  if (SOCKETS.length === 0) return sleep(READ_MS);
  const local = port.toString(16).toUpperCase().padStart(4, "0");
  // sl local_address rem_address st tx_queue:rx_queue … drops, queues in hexadecimal digits
  const row = new RegExp(`^ *\\d+: \\w+:${local} \\S+ \\S+ \\w+:(\\w+) .* (\\d+) *$`, "gm");
  const waiting = (): boolean => {
    const sockets = SOCKETS.flatMap((file) => [...readFileSync(file, "latin1").matchAll(row)]);
    const dropped = sockets.find(([, , drops]) => Number(drops) > 0)?.[2];
    if (dropped !== undefined) throw new Error(`the socket of UDP port ${port} had no room for ${dropped} datagrams`);
    return sockets.some(([, bytes]) => Number(`0x${bytes}`) > 0);
  };
  const deadlineMs = Date.now() + 30_000;
  while (waiting()) {
    if (Date.now() > deadlineMs) throw new Error(`what listens on UDP port ${port} does not read what arrives`);
    await sleep(10);
  }
}
