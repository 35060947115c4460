import { once } from "node:events";
import { connect, isIPv6, type Socket } from "node:net";
import type { PacketBatch } from "@ngflow/base";
import { ExportError } from "../../export/errors.ts";
import type { FleetSender } from "./fleet-sender.ts";

/** One connection; IPFIX messages follow one another on it (RFC 7011 section 10.4). */
class Connection {
  readonly #socket: Socket;
  failure: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", (error) => (this.failure ??= error));
    // A collector that closes the connection is a failure of what is sent after it.
    socket.on("close", () => (this.failure ??= new Error("the collector closed the connection")));
    socket.resume();
  }

  static async open(to: string, host: string, port: number): Promise<Connection> {
    const socket = connect({ host, port });
    try {
      await once(socket, "connect");
    } catch (cause) {
      socket.destroy();
      const why = (cause as NodeJS.ErrnoException).code === "ECONNREFUSED" ? "nobody listens there" : String(cause);
      throw new ExportError("export-unreachable", `--to ${to}: ${why}; start a collector or change --to`, { cause });
    }
    return new Connection(socket);
  }

  write(bytes: Uint8Array): void {
    if (this.failure === undefined) this.#socket.write(bytes);
  }

  /** Resolves when the connection has taken what was written, or has failed. */
  ready(): Promise<void> | undefined {
    const socket = this.#socket;
    if (!socket.writableNeedDrain || this.failure !== undefined) return undefined;
    return new Promise((resolve) => {
      const done = (): void => {
        socket.off("drain", done);
        socket.off("close", done);
        resolve();
      };
      socket.on("drain", done);
      socket.on("close", done);
    });
  }

  /** Sends what waits and ends the connection; a failure before that stays. */
  async end(): Promise<void> {
    if (this.failure !== undefined) return;
    const isSent = await new Promise<boolean>((resolve) => {
      this.#socket.once("finish", () => resolve(true));
      this.#socket.once("close", () => resolve(false));
      this.#socket.end();
    });
    if (isSent) this.failure = undefined;
    this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/**
 * Opens a TCP connection for every exporter to `tcp://HOST:PORT`.
 * @throws ExportError `export-to`, or `export-unreachable` when a connection is refused
 */
export async function openTcpSender(to: string, exporters: number): Promise<FleetSender> {
  const match = /^tcp:\/\/(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/]+)):(\d{1,5})\/?$/.exec(to);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port === 0 || port > 65_535 || (match?.[1] !== undefined && !isIPv6(host))) {
    throw new ExportError("export-to", `--to ${to}: expected tcp://HOST:PORT, for example tcp://127.0.0.1:4739`);
  }
  const connections: Connection[] = [];
  try {
    for (let i = 0; i < exporters; i++) connections.push(await Connection.open(to, host, port));
  } catch (error) {
    for (const connection of connections) connection.destroy();
    throw error;
  }
  const check = (): void => {
    const failed = connections.find(({ failure }) => failure !== undefined);
    if (failed === undefined) return;
    throw new ExportError("export-unreachable", `--to ${to}: ${failed.failure!.message}; records are lost`, {
      cause: failed.failure,
    });
  };
  return {
    send(batch: PacketBatch, exporter: number): void {
      check();
      const first = batch.offsets[0]!;
      const last = batch.count - 1;
      // The messages of a batch follow one another in its buffer, which is used again.
      connections[exporter]!.write(batch.buffer.slice(first, batch.offsets[last]! + batch.lengths[last]!));
    },
    ready: (exporter) => connections[exporter]!.ready(),
    async close(): Promise<void> {
      check();
      await Promise.all(connections.map((connection) => connection.end()));
      check();
    },
    discard(): void {
      for (const connection of connections) connection.destroy();
    },
    addressOf: () => "",
    sendErrors: 0,
    refused: 0,
  };
}
