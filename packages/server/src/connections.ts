import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { HttpBindings } from "@hono/node-server";
import { isLoopback, networkOf } from "./access/addresses.ts";
import { answerUnparsed } from "./unparsed-requests.ts";

export interface ConnectionsConfig {
  readonly max: number;
  /** Connections of one address of another machine; of IPv6, of one /64. */
  readonly maxPerAddress: number;
  /** Of `max`, those kept for this machine, and for `/metrics`, `/healthz` and `/readyz`. */
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
  /** Requests with too long an address or headers. */
  tooLong: number;
}

/** Connections of one address, or of this machine. */
interface Group {
  /** For the bound per address; null for this machine. */
  readonly address: string | null;
  open: number;
  /** In the order in which they became idle. */
  readonly idle: Set<Connection>;
}

/** What is known of a connection. */
interface Connection {
  /** See `peerOf`. */
  readonly peer: string;
  readonly socket: Socket;
  readonly group: Group;
  /** When its request arrived, in milliseconds; null while it is idle, Infinity for an event stream. */
  sinceMs: number | null;
  /** Answers that are not sent yet; more than one if its client sends requests before it has their answers. */
  readonly answers: Set<ServerResponse>;
}

const SWEEP_MS = 1000;

/**
 * Bounds the connections of the server. One without a complete request is idle: at a bound, the connection that has
 * been idle longest is closed for the new one, so that clients that hold connections cannot lock others out. Time
 * limits for a request's headers are those of Node.js.
 */
export class Connections {
  readonly counters: ConnectionCounters = { refused: 0, gaveWay: 0, cutSlow: 0, tooLong: 0 };
  readonly #config: ConnectionsConfig;
  readonly #nowMs: () => number;
  readonly #isOwn: (address: string) => boolean;
  /** By peer: a request that came through TLS has another socket than its connection. */
  readonly #all = new Map<string, Connection>();
  readonly #own: Group = { address: null, open: 0, idle: new Set() };
  readonly #others = new Map<string, Group>();
  /** Idle connections of other machines, in the order in which they became idle. */
  readonly #othersIdle = new Set<Connection>();
  #sweeper: ReturnType<typeof setInterval> | undefined;

  /** `nowMs`: a clock that never goes back. `isOwn`: whether an address is this machine's. */
  constructor(config: ConnectionsConfig, nowMs: () => number = () => performance.now(), isOwn = isLoopback) {
    this.#config = config;
    this.#nowMs = nowMs;
    this.#isOwn = isOwn;
  }

  get open(): number {
    return this.#all.size;
  }

  get busy(): number {
    return this.#all.size - this.#own.idle.size - this.#othersIdle.size;
  }

  /** Whether a request may be answered that has no part in the reserve. */
  get hasRoom(): boolean {
    return this.busy <= this.#config.max - this.#config.reserve;
  }

  /** Watches the connections of a server until `stop`. */
  watch(http: HttpServer | HttpsServer): void {
    http.on("connection", (socket) => this.#admit(socket));
    http.prependListener("request", (request: IncomingMessage, response: ServerResponse) => {
      const connection = this.#all.get(peerOf(request.socket));
      if (!connection) return;
      connection.sinceMs = this.#nowMs();
      this.#setIdle(connection, false);
      connection.answers.add(response);
      response.once("close", () => {
        connection.answers.delete(response);
        if (connection.answers.size > 0) return;
        connection.sinceMs = null;
        if (this.#all.get(connection.peer) === connection) this.#setIdle(connection, true);
      });
    });
    answerUnparsed(http, () => this.counters.tooLong++);
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#sweeper.unref();
  }

  stop(): void {
    clearInterval(this.#sweeper);
  }

  /** The answer to this request does not end. */
  endless(env: unknown): void {
    const socket = (env as Partial<HttpBindings> | undefined)?.incoming?.socket;
    const connection = socket && this.#all.get(peerOf(socket));
    if (connection) connection.sinceMs = Number.POSITIVE_INFINITY;
  }

  #admit(socket: Socket): void {
    const { remoteAddress } = socket;
    const group = remoteAddress === undefined ? undefined : this.#groupOf(remoteAddress);
    if (group === undefined || !this.#makeRoom(group)) {
      this.counters.refused++;
      socket.destroy();
      return;
    }
    const peer = peerOf(socket);
    const connection: Connection = { peer, socket, group, sinceMs: null, answers: new Set() };
    this.#all.set(peer, connection);
    if (group.open++ === 0 && group.address !== null) this.#others.set(group.address, group);
    this.#setIdle(connection, true);
    socket.once("close", () => {
      this.#forget(connection);
      setImmediate(endAnswers, connection.answers);
    });
  }

  #groupOf(remoteAddress: string): Group {
    if (this.#isOwn(remoteAddress)) return this.#own;
    const address = networkOf(remoteAddress);
    return this.#others.get(address) ?? { address, open: 0, idle: new Set() };
  }

  /** False when no connection can give way to one of the group. */
  #makeRoom(group: Group): boolean {
    const { max, maxPerAddress, reserve } = this.#config;
    const isOwn = group === this.#own;
    if (!isOwn && group.open >= maxPerAddress && !this.#closeOldest(group.idle)) return false;
    if (this.#all.size < (isOwn ? max : max - reserve)) return true;
    if (this.#closeOldest(this.#othersIdle)) return true;
    return (isOwn || this.#own.open > reserve) && this.#closeOldest(this.#own.idle);
  }

  /** Closes the connection that has been idle longest. */
  #closeOldest(idle: ReadonlySet<Connection>): boolean {
    const [oldest] = idle;
    if (oldest === undefined) return false;
    this.counters.gaveWay++;
    this.#forget(oldest);
    oldest.socket.destroy();
    return true;
  }

  #setIdle(connection: Connection, idle: boolean): void {
    for (const set of [connection.group.idle, ...(connection.group === this.#own ? [] : [this.#othersIdle])]) {
      if (idle) set.add(connection);
      else set.delete(connection);
    }
  }

  #forget(connection: Connection): void {
    if (this.#all.get(connection.peer) !== connection) return;
    this.#all.delete(connection.peer);
    this.#setIdle(connection, false);
    const { group } = connection;
    if (--group.open === 0 && group.address !== null) this.#others.delete(group.address);
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

/** Node.js ends the first answer of a connection that has closed, and does not tell those that wait behind it. */
function endAnswers(answers: ReadonlySet<ServerResponse>): void {
  for (const answer of [...answers]) answer.emit("close");
}

/** Address and port that a connection comes from. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
