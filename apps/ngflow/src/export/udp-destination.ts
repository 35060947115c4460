import { setTimeout as sleep } from "node:timers/promises";
import { type PacketBatch, parseIp } from "@ngflow/base";
import { type DatagramSocket, openDatagramSocket } from "@ngflow/os";
import type { Destination } from "./destination.ts";
import { ExportError } from "./errors.ts";

/** Most datagrams waiting for the system. Above it, reading pauses. */
const WAITING_MAX = 512;

/**
 * Opens a UDP destination `udp://HOST:PORT`.
 * @param from IPv4 address of this machine to send from, 4 bytes; by default the system's choice
 * @throws ExportError `export-to`, or `export-unreachable` when the address cannot be used.
 */
export async function openUdp(text: string, from?: Uint8Array): Promise<Destination> {
  const match = /^udp:\/\/(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/]+)):(\d{1,5})\/?$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port === 0 || port > 65535) {
    throw new ExportError("export-to", `--to ${text}: expected udp://HOST:PORT, for example udp://127.0.0.1:2055`);
  }
  const host = match[1] ?? match[2]!;
  let address = host;
  if (parseIp(host) === undefined) {
    try {
      const { lookup } = await import("node:dns/promises");
      address = (await lookup(host)).address;
    } catch (cause) {
      throw new ExportError("export-unreachable", `--to ${text}: host ${host} has no address; check the name`, {
        cause,
      });
    }
  }
  const inet6 = address.includes(":");
  const bytes = parseIp(address)!;
  let socket: DatagramSocket;
  try {
    socket = openDatagramSocket(inet6 ? "inet6" : "inet");
    if (from !== undefined) socket.bind({ family: "inet", address: from, port: 0, flowInfo: 0, scopeId: 0 });
    socket.connect({
      family: inet6 ? "inet6" : "inet",
      address: inet6 ? bytes : bytes.subarray(12),
      port,
      flowInfo: 0,
      scopeId: 0,
    });
  } catch (cause) {
    throw new ExportError("export-unreachable", `--to ${text}: ${(cause as Error).message}; check the address`, {
      cause,
    });
  }
  return new UdpDestination(socket);
}

class UdpDestination implements Destination {
  readonly #socket: DatagramSocket;
  #accepted = 0;

  constructor(socket: DatagramSocket) {
    this.#socket = socket;
  }

  get sendErrors(): number {
    const { sendErrors, refused, overflowed } = this.#socket.stats();
    return sendErrors + refused + overflowed;
  }

  get refused(): number {
    return this.#socket.stats().refused;
  }

  send(batch: PacketBatch): number {
    this.#accepted += batch.count;
    this.#socket.enqueue(batch);
    this.#socket.flush();
    return 0;
  }

  ready(): Promise<void> | undefined {
    return this.#waiting() > WAITING_MAX ? this.#drain() : undefined;
  }

  async close(): Promise<void> {
    await this.#drain();
    this.#socket.close();
  }

  discard(): void {
    this.#socket.close();
  }

  #waiting(): number {
    const { datagramsSent, sendErrors, overflowed } = this.#socket.stats();
    return this.#accepted - datagramsSent - sendErrors - overflowed;
  }

  async #drain(): Promise<void> {
    while (this.#waiting() > 0) await sleep(1);
  }
}
