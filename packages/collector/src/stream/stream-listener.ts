import type { Socket } from "node:net";
import type { Log } from "@ngflow/base";
import type { ListenAddress, StreamSettings } from "../config.ts";
import { CollectorError } from "../errors.ts";
import { AllowedExporters } from "../session/allowed-exporters.ts";
import { TokenBucket } from "../session/token-bucket.ts";
import { Connection, type StreamPeer } from "./connection.ts";
import { ConnectionTable } from "./connection-table.ts";
import { newStreamCounters, type StreamCounters } from "./stream-counters.ts";
import { StreamServer } from "./stream-server.ts";
import { tlsRules } from "./tls-files.ts";

/** Receives what connections bring. */
export interface StreamSink {
  /** The message in `bytes[start, end)`, valid until the call returns. `arrivedMs`: Unix milliseconds. */
  message(bytes: Uint8Array, start: number, end: number, peer: StreamPeer, arrivedMs: number): void;
  /** A connection has ended; nothing comes from it any more. */
  ended(peer: StreamPeer): void;
}

/** Reading lets other work of the event loop run after so long, UDP included. */
const TURN_MS = 4;
const TICK_MS = 1000;
const DRAIN_STEP_MS = 10;
const DRAIN_LIMIT_MS = 2000;
/** Kernel probes begin after so much silence, so that a peer that is gone is noticed. */
const KEEP_ALIVE_MS = 60_000;
/** Lines of the log about connections: at once, and a second. The counters have all. */
const LOG_BURST = 20;
const LOG_PER_SECOND = 0.2;

/**
 * IPFIX over TCP and TLS (RFC 7011 section 10.4). Connections are read in turns, so that each has the same share of the
 * time. What is not read stays in the kernel and slows the sender down. Every bound is in the README.
 */
export class StreamListener {
  readonly #servers: StreamServer[] = [];
  readonly #sink: StreamSink;
  readonly #log: Log;
  readonly #logs = new TokenBucket(LOG_BURST, LOG_PER_SECOND);
  readonly #table: ConnectionTable<Connection>;
  readonly #byId = new Map<number, Connection>();
  #allowed: AllowedExporters | undefined;
  readonly #proxies: AllowedExporters | undefined;
  readonly #counters = newStreamCounters();
  readonly #timer: NodeJS.Timeout;
  #queue: Connection[] = [];
  #turnDue = false;
  #lastId = 0;
  #arrivedMs = 0;
  #closed: Promise<void> | undefined;

  private constructor(settings: StreamSettings, sink: StreamSink, log: Log) {
    const { maxConnections, maxConnectionsPerAddress, allowExporters, proxies } = settings;
    this.#sink = sink;
    this.#log = log;
    this.#allowed = AllowedExporters.of(allowExporters);
    this.#proxies = AllowedExporters.of(proxies);
    this.#table = new ConnectionTable(maxConnections, maxConnectionsPerAddress);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  /**
   * Binds every address and starts to accept.
   * @throws CollectorError when an address cannot be bound or a file of TLS cannot be used; then none is bound
   */
  static async open(
    listen: readonly ListenAddress[],
    settings: StreamSettings,
    sink: StreamSink,
    log: Log,
  ): Promise<StreamListener> {
    const listener = new StreamListener(settings, sink, log);
    try {
      await listener.addAll(listen, settings);
    } catch (error) {
      await listener.close();
      throw error;
    }
    return listener;
  }

  /** Binds further addresses. @throws CollectorError as `open`; then none of them is bound */
  async addAll(listen: readonly ListenAddress[], settings: StreamSettings): Promise<void> {
    const before = this.#servers.length;
    try {
      for (const address of listen) await this.#listen(address, settings);
    } catch (error) {
      await Promise.all(this.#servers.splice(before).map((server) => server.close()));
      throw error;
    }
  }

  async #listen(address: ListenAddress, { tls }: StreamSettings): Promise<void> {
    const { transport } = address;
    if (transport === "tls" && tls === undefined) {
      throw new CollectorError(
        "tls-files",
        "a tls:// address needs a certificate and its key: --tls-cert and --tls-key",
      );
    }
    const rules = transport === "tls" ? tlsRules(tls!) : undefined;
    if (rules?.warning !== undefined) this.#log.warn({}, rules.warning);
    const server = await StreamServer.open(address, rules, {
      isProxy: (from) => this.#proxies?.has(from) === true,
      proxyFailed: (from) => {
        this.#counters.streamProxyHeadersInvalid++;
        this.#note({ address: from }, "a connection of a proxy did not begin with a PROXY header of version 2");
      },
      admit: (from) => this.#admit(from),
      accepted: (socket, from, port) => this.#begin(socket, from, port, transport === "tls" ? "tls" : "tcp"),
      failed: (from, reason) => {
        this.#counters.tlsFailed++;
        this.#note({ address: from, reason }, "a TLS connection was refused");
      },
    });
    this.#servers.push(server);
  }

  /** Takes connections of these exporters, undefined for all, and closes those of others. */
  allow(exporters: AllowedExporters | undefined): void {
    this.#allowed = exporters;
    if (exporters === undefined) return;
    for (const connection of [...this.#table.values()]) {
      if (exporters.has(connection.peer.address)) continue;
      this.#counters.connectionsNotAllowed++;
      this.#end(connection, "this exporter may not send any more");
    }
  }

  /** The addresses in use, with the ports the system chose for 0. */
  get addresses(): readonly ListenAddress[] {
    return this.#servers.map(({ address }) => address);
  }

  counters(): Readonly<StreamCounters> {
    return { ...this.#counters, connections: this.#table.size };
  }

  /** The transport of a connection; undefined when it has ended. */
  transportOf(connection: number): StreamPeer["transport"] | undefined {
    return this.#byId.get(connection)?.peer.transport;
  }

  /** Closes a connection, counted as lost: its exporter has to begin again. */
  lose(connection: number): void {
    const found = this.#byId.get(connection);
    if (found === undefined) return;
    this.#counters.connectionsLost++;
    this.#end(found, "a session of it gave way to others");
  }

  /** Waits until nothing more comes, at most two seconds. */
  async drain(): Promise<void> {
    const endMs = performance.now() + DRAIN_LIMIT_MS;
    const seen = (): number => this.#counters.streamBytesReceived + this.#counters.connectionsAccepted;
    for (let before = -1; (before !== seen() || this.#queue.length > 0) && performance.now() < endMs;) {
      before = seen();
      // Servers and sockets are read between the two, however late the timer is.
      await new Promise((resolve) => setTimeout(() => setImmediate(resolve), DRAIN_STEP_MS));
    }
  }

  /** Reads what had arrived, then closes everything. Safe to call twice. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.drain();
    clearInterval(this.#timer);
    const closing = this.#servers.map((server) => server.close());
    for (const connection of this.#table.values()) this.#end(connection);
    await Promise.all(closing);
  }

  #admit(address: string): boolean {
    const counters = this.#counters;
    if (this.#allowed?.has(address) === false) {
      counters.connectionsNotAllowed++;
      return this.#refuse(address, "this exporter may not send");
    }
    if (this.#table.isFull(address)) {
      counters.connectionsRefused++;
      return this.#refuse(address, "it has too many connections");
    }
    const victim = this.#table.toReplace(performance.now());
    if (victim === "none") {
      counters.connectionsRefused++;
      return this.#refuse(address, "too many connections are open");
    }
    if (victim !== undefined) {
      counters.connectionsReplaced++;
      this.#end(victim, "it was silent and gave way to another");
    }
    return true;
  }

  #refuse(address: string, reason: string): false {
    this.#note({ address, reason }, "a connection was refused");
    return false;
  }

  #begin(raw: Socket, address: string, port: number, transport: StreamPeer["transport"]): (readable: Socket) => void {
    const peer: StreamPeer = { connection: ++this.#lastId, address, port, transport };
    const connection = new Connection(peer, raw, performance.now(), (bytes, start, end) => {
      // It may have been closed by an earlier message of the same chunk.
      if (!connection.open) return;
      this.#counters.messagesReceived++;
      this.#sink.message(bytes, start, end, peer, this.#arrivedMs);
    });
    this.#counters.connectionsAccepted++;
    this.#table.add(connection);
    this.#byId.set(peer.connection, connection);
    raw.setKeepAlive(true, KEEP_ALIVE_MS);
    const finish = (): void => this.#finish(connection);
    raw.once("close", finish);
    return (socket) => {
      connection.socket = socket;
      if (socket !== raw) {
        raw.off("close", finish);
        socket.once("close", finish);
        socket.on("error", () => {});
      }
      socket.on("readable", () => this.#queueUp(connection));
      // What came behind a proxy's header is there already.
      if (socket.readableLength > 0) this.#queueUp(connection);
    };
  }

  #queueUp(connection: Connection): void {
    if (connection.queued) return;
    connection.queued = true;
    this.#queue.push(connection);
    if (!this.#turnDue) this.#nextTurn();
  }

  #nextTurn(): void {
    this.#turnDue = true;
    setImmediate(this.#turn);
  }

  /** Reads one chunk of each connection that has some, again and again, for a limited time. */
  readonly #turn = (): void => {
    this.#turnDue = false;
    const endMs = performance.now() + TURN_MS;
    while (this.#queue.length > 0 && performance.now() < endMs) {
      const round = this.#queue;
      this.#queue = [];
      for (const [i, connection] of round.entries()) {
        if (performance.now() >= endMs) {
          this.#queue = [...round.slice(i), ...this.#queue];
          break;
        }
        if (this.#read(connection)) this.#queue.push(connection);
        else connection.queued = false;
      }
    }
    if (this.#queue.length > 0) this.#nextTurn();
  };

  /** Reads what a connection has; false when it has nothing. */
  #read(connection: Connection): boolean {
    const chunk = connection.open ? (connection.socket.read() as Buffer | null) : null;
    if (chunk === null) return false;
    this.#counters.streamBytesReceived += chunk.length;
    this.#arrivedMs = Date.now();
    connection.take(chunk, performance.now());
    const { faultText } = connection;
    if (faultText === undefined) return true;
    this.#counters.connectionsMalformed++;
    this.#end(connection, faultText);
    return false;
  }

  /** The socket has closed: what it still has is read. */
  #finish(connection: Connection): void {
    while (this.#read(connection));
    if (!connection.open) return;
    const { pendingBytes, socket } = connection;
    if (pendingBytes > 0) {
      this.#counters.connectionsCut++;
      this.#end(connection, "it ended inside a message");
    } else if (connection.messages > 0 && !socket.readableEnded) {
      this.#counters.connectionsReset++;
      this.#end(connection, "it was reset: what its exporter had not sent is lost");
    } else this.#end(connection);
  }

  /** Closes a connection. A reason is logged; without one, it is a usual end. */
  #end(connection: Connection, reason?: string): void {
    if (!connection.open) return;
    const { peer, socket } = connection;
    connection.open = false;
    this.#table.delete(connection);
    this.#byId.delete(peer.connection);
    if (reason === undefined) socket.destroySoon();
    else {
      socket.destroy();
      this.#note({ ...peer, reason }, "a connection was closed");
    }
    this.#sink.ended(peer);
  }

  #tick(): void {
    for (const connection of this.#table.slow(performance.now())) {
      this.#counters.connectionsSlow++;
      const isFirst = connection.messages === 0;
      this.#end(connection, isFirst ? "no message came in time" : "the rest of a message did not come in time");
    }
  }

  #note(fields: object, message: string): void {
    if (this.#logs.take(performance.now())) this.#log.warn(fields, message);
  }
}
