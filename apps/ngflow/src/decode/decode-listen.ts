import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { plainAddress } from "@ngflow/base";
import type { HostPort } from "../options/options.ts";
import type { DatagramPrinter } from "./datagram-printer.ts";
import { DecodeError } from "./errors.ts";

/**
 * Prints datagrams from a UDP port until `count` have arrived or `stop` settles.
 * @throws NgflowError with exit 71 when the port cannot be used
 */
export async function decodeListen(
  { host, port }: HostPort,
  count: number,
  printer: DatagramPrinter,
  stop: Promise<unknown>,
): Promise<void> {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  try {
    const listening = once(socket, "listening");
    socket.bind({ address: host, port, exclusive: true });
    await listening;
  } catch (cause) {
    socket.close();
    const { code, message } = cause as NodeJS.ErrnoException;
    const why =
      code === "EADDRINUSE" ? "is in use by another program; choose another port" : `cannot be used: ${message}`;
    throw new DecodeError("decode-listen", `UDP port ${port} on ${host} ${why}`, { cause });
  }
  let seen = 0;
  // What waited for a template is printed in several turns, so that datagrams are received meanwhile.
  const printReady = (): void => {
    if (!printer.isReady) return;
    printer.step();
    if (printer.isReady) setImmediate(printReady);
  };
  const enough = new Promise<void>((resolve) => {
    socket.on("message", (bytes, from) => {
      if (seen >= count) return;
      seen++;
      printer.decode(bytes, plainAddress(from.address), from.port, 0);
      if (printer.isReady) setImmediate(printReady);
      if (seen >= count) resolve();
    });
  });
  await Promise.race([enough, stop]);
  await new Promise<void>((resolve) => {
    socket.close(() => resolve());
  });
}
