import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { HttpBindings } from "@hono/node-server";
import { parseIp } from "@ngflow/base";
import { isLoopback } from "./access/addresses.ts";

export interface ConnectionsConfig {
  readonly max: number;
  /** Connections of one address of another machine; of IPv6, of one /64. */
  readonly maxPerAddress: number;
  /** Of `max`, those kept for this machine, and for `/metrics` and `/healthz`. */
  readonly reserve: number;
  /** Longest time from a request to the end of its answer; event streams have no end. */
  readonly answerMs: number;
}

/** Counters of Connections. */
export interface ConnectionCounters {
  /** No connection could give way to them. */
  refused: number;
  /** Idle ones that were closed for a newer one. */
  gaveWay: number;
  /** Closed because the client did not take its answer in time. */
  cutSlow: number;
}

/** What is known of a connection. */
interface Connection {
  readonly socket: Socket;
  /** The address of the client for the bound per address; null for this machine. */
  readonly address: string | null;
  /** When its request arrived, in milliseconds; null while it is idle, Infinity for an event stream. */
  sinceMs: number | null;
}

const SWEEP_MS = 1000;

/**
 * Bounds the connections of the server. One without a complete request is idle: at a bound, the connection that has
 * been idle longest is closed for the new one, so that clients that hold connections cannot lock others out. Time
 * limits for a request's headers are those of Node.js.
 */
export class Connections {
  readonly counters: ConnectionCounters = { refused: 0, gaveWay: 0, cutSlow: 0 };
  readonly #config: ConnectionsConfig;
  readonly #nowMs: () => number;
  readonly #all = new Map<Socket, Connection>();
  /** In the order in which they became idle. */
  readonly #idle = new Set<Connection>();
  readonly #perAddress = new Map<string, number>();
  #local = 0;
  #sweeper: ReturnType<typeof setInterval> | undefined;

  /** `nowMs`: a clock that never goes back. */
  constructor(config: ConnectionsConfig, nowMs: () => number = () => performance.now()) {
    this.#config = config;
    this.#nowMs = nowMs;
  }

  get open(): number {
    return this.#all.size;
  }

  get busy(): number {
    return this.#all.size - this.#idle.size;
  }

  /** Whether a request may be answered that has no part in the reserve. */
  get hasRoom(): boolean {
    return this.busy <= this.#config.max - this.#config.reserve;
  }

  /** Watches the connections of a server until `stop`. */
  watch(http: HttpServer): void {
    http.on("connection", (socket) => this.#admit(socket));
    http.prependListener("request", (request: IncomingMessage, response: ServerResponse) => {
      const connection = this.#all.get(request.socket);
      if (!connection) return;
      connection.sinceMs = this.#nowMs();
      this.#idle.delete(connection);
      response.once("close", () => {
        connection.sinceMs = null;
        if (this.#all.has(connection.socket)) this.#idle.add(connection);
      });
    });
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#sweeper.unref();
  }

  stop(): void {
    clearInterval(this.#sweeper);
  }

  /** The answer to this request does not end. */
  endless(env: unknown): void {
    const socket = (env as Partial<HttpBindings> | undefined)?.incoming?.socket;
    const connection = socket && this.#all.get(socket);
    if (connection) connection.sinceMs = Number.POSITIVE_INFINITY;
  }

  #admit(socket: Socket): void {
    const { remoteAddress } = socket;
    const address = remoteAddress === undefined || isLoopback(remoteAddress) ? null : networkOf(remoteAddress);
    if (remoteAddress === undefined || !this.#makeRoom(address)) {
      this.counters.refused++;
      socket.destroy();
      return;
    }
    const connection: Connection = { socket, address, sinceMs: null };
    this.#all.set(socket, connection);
    this.#idle.add(connection);
    this.#count(address, 1);
    socket.once("close", () => this.#forget(connection));
  }

  /** False when no connection can give way to one from `address`. */
  #makeRoom(address: string | null): boolean {
    const { max, maxPerAddress, reserve } = this.#config;
    if (address !== null && (this.#perAddress.get(address) ?? 0) >= maxPerAddress) {
      if (!this.#closeIdle((connection) => connection.address === address)) return false;
    }
    if (this.#all.size < (address === null ? max : max - reserve)) return true;
    if (this.#closeIdle((connection) => connection.address !== null)) return true;
    return (address === null || this.#local > reserve) && this.#closeIdle(() => true);
  }

  /** Closes the connection that has been idle longest of those that `fits` accepts. */
  #closeIdle(fits: (connection: Connection) => boolean): boolean {
    for (const connection of this.#idle) {
      if (!fits(connection)) continue;
      this.counters.gaveWay++;
      this.#forget(connection);
      connection.socket.destroy();
      return true;
    }
    return false;
  }

  #forget(connection: Connection): void {
    if (!this.#all.delete(connection.socket)) return;
    this.#idle.delete(connection);
    this.#count(connection.address, -1);
  }

  #count(address: string | null, change: 1 | -1): void {
    if (address === null) {
      this.#local += change;
      return;
    }
    const count = (this.#perAddress.get(address) ?? 0) + change;
    if (count === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, count);
  }

  #sweep(): void {
    const limitMs = this.#nowMs() - this.#config.answerMs;
    for (const connection of this.#all.values()) {
      if (connection.sinceMs === null || connection.sinceMs > limitMs) continue;
      this.counters.cutSlow++;
      this.#forget(connection);
      connection.socket.destroy();
    }
  }
}

/** The part of an address that one client has: an IPv4 address, or the /64 of an IPv6 one. */
function networkOf(address: string): string {
  const bytes = parseIp(address.replace(/%.*$/, ""));
  if (bytes === undefined) return address;
  const isV4 = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return Buffer.from(isV4 ? bytes : bytes.subarray(0, 8)).toString("hex");
}
