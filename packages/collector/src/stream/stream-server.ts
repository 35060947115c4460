import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { plainAddress } from "@ngflow/base";
import type { ListenAddress } from "../config.ts";
import { isNoIpv6, listenError } from "../listen/listen-error.ts";
import { readProxyHeader } from "./proxied-socket.ts";
import type { TlsRules } from "./tls-files.ts";

const HANDSHAKE_MS = 10_000;
/** Connections that wait in the kernel to be accepted. */
const BACKLOG = 511;

/** Connections of proxies that have not sent their header. */
const MAX_UNNAMED = 256;

/** Does the handshake of a connection, then calls `read`. */
type Handshake = (socket: Socket, read: (readable: Socket) => void) => void;

/** Called when connections come. */
export interface StreamServerEvents {
  /** Whether an address is a proxy, whose connections begin with a header. */
  readonly isProxy: (address: string) => boolean;
  /** A proxy's connection did not begin with a header; it is closed. */
  readonly proxyFailed: (address: string) => void;
  /** Whether a connection of an address may begin. */
  readonly admit: (address: string) => boolean;
  /** A connection begins. Returns what to call with the socket to read, which is after the handshake of TLS. */
  readonly accepted: (socket: Socket, address: string, port: number) => (readable: Socket) => void;
  /** A handshake failed; the connection closes. */
  readonly failed: (address: string, reason: string) => void;
}

/** A TCP port that accepts connections, with TLS or without. */
export class StreamServer {
  readonly address: ListenAddress;
  readonly #server: Server;
  readonly #events: StreamServerEvents;
  #unnamed = 0;

  private constructor(server: Server, address: ListenAddress, tls: TlsRules | undefined, events: StreamServerEvents) {
    this.#server = server;
    this.#events = events;
    this.address = address;
    const secure = tls === undefined ? undefined : this.#handshakes(tls);
    server.on("error", () => {});
    server.on("connection", (socket: Socket) => this.#accept(socket, secure));
  }

  /**
   * Binds an address; port 0 is any free one. `::` also receives IPv4, and is `0.0.0.0` on a machine without IPv6.
   * @throws CollectorError
   */
  static async open(
    address: ListenAddress,
    tls: TlsRules | undefined,
    events: StreamServerEvents,
  ): Promise<StreamServer> {
    const bound = await bind(address.host, address.port).catch(async (error: unknown) => {
      if (address.host !== "::" || !isNoIpv6(error)) throw listenError(address, error);
      return bind("0.0.0.0", address.port).catch((cause: unknown) => {
        throw listenError(address, cause);
      });
    });
    const { port } = bound.address() as { port: number };
    return new StreamServer(bound, { ...address, port }, tls, events);
  }

  /** Accepts nothing more; resolves when every connection has closed. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #accept(socket: Socket, secure: Handshake | undefined): void {
    const { remoteAddress, remotePort = 0 } = socket;
    socket.on("error", () => {});
    const from = remoteAddress === undefined ? undefined : plainAddress(remoteAddress);
    if (from === undefined) socket.resetAndDestroy();
    else if (this.#events.isProxy(from)) this.#acceptProxied(socket, from, remotePort, secure);
    else this.#begin(socket, from, remotePort, secure);
  }

  /** Begins a connection as that of the exporter that its proxy names. */
  #acceptProxied(socket: Socket, proxy: string, port: number, secure: Handshake | undefined): void {
    if (this.#unnamed >= MAX_UNNAMED) {
      socket.resetAndDestroy();
      return;
    }
    this.#unnamed++;
    readProxyHeader(socket, (header) => {
      this.#unnamed--;
      if (header === undefined) {
        this.#events.proxyFailed(proxy);
        socket.resetAndDestroy();
      } else if (header.address === "") this.#begin(socket, proxy, port, secure);
      else this.#begin(socket, header.address, header.port, secure);
    });
  }

  #begin(socket: Socket, from: string, port: number, secure: Handshake | undefined): void {
    if (!this.#events.admit(from)) {
      socket.resetAndDestroy();
      return;
    }
    const read = this.#events.accepted(socket, from, port);
    if (secure === undefined) read(socket);
    else secure(socket, read);
  }

  /**
   * Makes the function that does the handshake of a connection. The TLS server does not listen: connections are passed
   * to it, so that they are counted before their handshake.
   */
  #handshakes({ client, options, names }: TlsRules): Handshake {
    const waiting = new Map<string, (readable: Socket) => void>();
    const server = createTlsServer({ ...options, handshakeTimeout: HANDSHAKE_MS });
    const fail = (socket: TLSSocket, reason: string): void => {
      this.#events.failed(plainAddress(socket.remoteAddress ?? ""), reason);
      socket.destroy();
    };
    server.on("tlsClientError", (error, socket) => fail(socket, error.message));
    server.on("secureConnection", (socket) => {
      const { raw } = socket.getPeerCertificate() as { readonly raw?: Buffer };
      const hasCertificate = raw !== undefined;
      if (client === "optional" && hasCertificate && !socket.authorized) {
        // The types call it an error; it is the code of one.
        fail(socket, `the client's certificate is refused: ${String(socket.authorizationError)}`);
      } else if (hasCertificate && names?.has(raw) === false) {
        fail(socket, "the client's certificate has none of the names of --tls-name");
      } else waiting.get(endsOf(socket))?.(socket);
    });
    return (socket, read) => {
      const ends = endsOf(socket);
      waiting.set(ends, read);
      socket.once("close", () => waiting.delete(ends));
      server.emit("connection", socket);
    };
  }
}

/** Both ends of a connection as text. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

function bind(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host, port, backlog: BACKLOG, exclusive: true }, () => {
      server.off("error", reject);
      resolve(server);
    });
  });
}
