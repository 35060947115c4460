import { createSocket, type Socket, type SocketType } from "node:dgram";
import { isIPv6 } from "node:net";
import type { BoundAddress } from "@ngflow/os";
import type { ListenAddress } from "../config.ts";
import { CollectorError } from "../errors.ts";

/** Receives a datagram. The bytes are never reused, so the receiver may keep them. */
export type DatagramReceiver = (bytes: Uint8Array, address: string, port: number) => void;

/** One bound UDP socket. `::` also receives IPv4; on a machine without IPv6, `0.0.0.0` is bound instead. */
export class UdpListener {
  readonly #socket: Socket;
  readonly bound: BoundAddress;
  /** Receive buffer the kernel granted, as it reports it (twice the payload bytes on Linux). */
  readonly receiveBufferBytes: number;

  private constructor(socket: Socket, bound: BoundAddress, receiveBufferBytes: number) {
    this.#socket = socket;
    this.bound = bound;
    this.receiveBufferBytes = receiveBufferBytes;
  }

  /** Binds and starts to receive. @throws CollectorError when the address cannot be bound */
  static async open(
    listen: ListenAddress,
    receiveBufferBytes: number,
    receive: DatagramReceiver,
    onError: (error: Error) => void,
  ): Promise<UdpListener> {
    let socket: Socket;
    try {
      socket = await bind(isIPv6(listen.host) ? "udp6" : "udp4", listen.host, listen.port);
    } catch (error) {
      if (listen.host !== "::" || !isNoIpv6(error)) throw listenError(listen, error);
      socket = await bind("udp4", "0.0.0.0", listen.port).catch((cause: unknown) => {
        throw listenError(listen, cause);
      });
    }
    const { address, port, family } = socket.address();
    let granted = 0;
    try {
      socket.setRecvBufferSize(receiveBufferBytes);
      granted = socket.getRecvBufferSize();
    } catch {
      granted = socket.getRecvBufferSize();
    }
    socket.on("message", (bytes, from) => receive(bytes, from.address, from.port));
    socket.on("error", onError);
    return new UdpListener(socket, { host: address, port, family: family === "IPv6" ? 6 : 4 }, granted);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.close(() => resolve());
    });
  }
}

function bind(type: SocketType, host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type });
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}

function isNoIpv6(error: unknown): boolean {
  return codeOf(error) === "EAFNOSUPPORT" || codeOf(error) === "EADDRNOTAVAIL";
}

function listenError({ host, port }: ListenAddress, cause: unknown): CollectorError {
  const where = `UDP port ${port} on ${host}`;
  switch (codeOf(cause)) {
    case "EADDRINUSE":
      return new CollectorError(
        "listen-in-use",
        `${where} is in use by another program; stop it (\`ss -ulpn sport = :${port}\` shows which) or choose other ports with --listen`,
        { cause },
      );
    case "EACCES":
      return new CollectorError(
        "listen-denied",
        `this user may not bind ${where}; choose a port above 1023 with --listen`,
        { cause },
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new CollectorError(
        "listen-no-address",
        `${host} is not an address of this machine; choose one of its addresses with --listen, or :: for all`,
        { cause },
      );
    default:
      return new CollectorError("listen-failed", `cannot listen on ${where}: ${(cause as Error).message}`, { cause });
  }
}
