import { type Clock, type Log, plainAddress } from "@ngflow/base";
import type { ExporterStatus, FlowSink, LearnedName } from "@ngflow/flows";
import { type Protocol, PROTOCOLS } from "@ngflow/wire";
import {
  type CollectorChange,
  type CollectorConfig,
  type CollectorSettings,
  collectorSettings,
  type ListenAddress,
} from "./config.ts";
import { collectorCounters } from "./collector-counters.ts";
import { exporterStatus } from "./exporter-status.ts";
import { FlowDecoder } from "./flow-decoder.ts";
import { StreamListener, type StreamSink } from "./stream/stream-listener.ts";
import { ProxyHeader } from "./listen/proxy-header.ts";
import { AllowedExporters } from "./session/allowed-exporters.ts";
import { openReceiver } from "./listen/open-receiver.ts";
import type { Receiver } from "./listen/receiver.ts";
import { ReceiverUnion } from "./listen/receiver-union.ts";
import type { CollectorCounters } from "./metrics.ts";
import { clockWarnings } from "./session/exporter-clock.ts";
import { nameRows } from "./session/saved-names.ts";
import type { Session } from "./session/session.ts";
import { SharedFiles } from "./session/shared-files.ts";
import { StateFiles } from "./session/state-files.ts";
import { refuseLoops, Tee } from "./tee/tee.ts";

/** What a collector is given. */
export interface CollectorDeps {
  readonly sink: FlowSink;
  readonly clock: Clock;
  readonly log: Log;
  /** Protocols to decode; by default PROTOCOLS of @ngflow/wire. */
  readonly protocols?: readonly Protocol[];
}

/** Where a message comes from that no socket has received. */
export interface MessageOrigin {
  readonly connection?: number;
  readonly receivedMs?: number;
}

/** Receives flow datagrams, decodes them into rows, and counts every loss on the way. */
export interface Collector {
  /**
   * Binds the sockets and reads the template file. Safe to call twice.
   * @throws NgflowError when a port cannot be bound
   */
  start(): Promise<void>;
  /** Drains, saves the templates and closes. Safe to call twice. */
  stop(): Promise<void>;
  /**
   * Uses other settings from now on, all or none. Nothing that arrives meanwhile is lost.
   * @throws NgflowError when an address cannot be bound or a prefix is none; then nothing has changed
   */
  change(change: CollectorChange): Promise<void>;
  /** Waits until the sockets are empty (at most two seconds) and everything received has been passed to the sink. */
  drain(): Promise<void>;
  /**
   * Handles one datagram as if a socket had received it; for files and tests.
   * @param from the number of the file or connection that it is from, 0 for UDP, and when it was received, Unix
   *   milliseconds, by default now
   */
  receive(bytes: Uint8Array, address: string, port: number, from?: MessageOrigin): void;
  /** A file or connection has ended: nothing more with its number comes, and its templates are dropped. */
  endConnection(connection: number): void;
  counters(): CollectorCounters;
  exporters(): readonly ExporterStatus[];
  /** The same, each made when it is asked for: with many templates, all at a time would delay reception. */
  eachExporter(): Iterable<ExporterStatus>;
  /** Addresses of the exporters that are established or have proved who they are, as in `ExporterAddr`. */
  exporterAddresses(): Iterable<string>;
  /** Names that exporters sent, sorted by exporter, domain, kind and number. */
  names(): readonly LearnedName[];
  /** The addresses in use, in the order of the settings, with the ports the system chose for 0. */
  listening(): readonly ListenAddress[];
  /** Unix milliseconds of the last datagram; null before the first. */
  lastSeenMs(): number | null;
  /**
   * A number that grows at least four times a second while the receive thread works; null before the start and where
   * there is no such thread. The thread that decodes works if it answers.
   */
  beat(): number | null;
}

const SECOND_MS = 1000;
/** Decoder errors that are logged; the rest are only counted. */
const MAX_ERRORS_LOGGED = 10;
/** Addresses that may not send and are logged, each once; all are counted. */
const MAX_NOT_ALLOWED_LOGGED = 5;

/** Times that a clock is found to be off and that is logged; the status of exporters always has it. */
const MAX_CLOCKS_LOGGED = 20;

/** A collector that is not running yet. */
export function createCollector(config: CollectorConfig, deps: CollectorDeps): Collector {
  return new UdpCollector(collectorSettings(config), deps);
}

class UdpCollector implements Collector {
  #settings: CollectorSettings;
  readonly #deps: CollectorDeps;
  readonly #protocols: readonly Protocol[];
  readonly #decoder: FlowDecoder;
  #receiver: Receiver | undefined;
  #tee: Tee | undefined;
  #streams: StreamListener | undefined;
  #timers: NodeJS.Timeout[] = [];
  #started = false;
  readonly #proxies: AllowedExporters | undefined;
  readonly #proxyHeader = new ProxyHeader();
  /** Whether a slice of what waited for a template is due. */
  #sliceDue = false;
  /** Passed in by `receive`. */
  #datagrams = 0;
  #bytes = 0;
  #lastSeenMs: number | null = null;
  #errors = 0;
  #clocksLogged = 0;
  readonly #notAllowed = new Set<string>();
  readonly #files: StateFiles | undefined;
  readonly #shared: SharedFiles | undefined;

  constructor(settings: CollectorSettings, deps: CollectorDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#protocols = deps.protocols ?? PROTOCOLS;
    this.#proxies = AllowedExporters.of(settings.proxies);
    this.#decoder = new FlowDecoder(settings, deps.sink, this.#protocols);
    const { stateDir, batchRows } = settings;
    const { clock, log } = deps;
    this.#files =
      stateDir === undefined ? undefined : new StateFiles(stateDir, { decoder: this.#decoder, clock, log, batchRows });
    this.#shared =
      stateDir === undefined ? undefined : new SharedFiles(stateDir, { decoder: this.#decoder, clock, log });
    this.#decoder.onNotAllowed = (address) => this.#noteNotAllowed(address);
    this.#decoder.onClockOff = (session) => this.#noteClock(session);
    this.#decoder.onConnectionLost = (connection) => this.#streams?.lose(connection);
    this.#decoder.onInternalError = (error) => {
      if (this.#errors++ < MAX_ERRORS_LOGGED) log.error({ err: error }, "decoder error, datagram dropped");
    };
  }

  async start(): Promise<void> {
    if (this.#started) return;
    const { listen, tee } = this.#settings;
    if (tee.length > 0) {
      refuseLoops(
        tee,
        listen.filter(({ transport = "udp" }) => transport === "udp"),
      );
      this.#tee = new Tee(this.#settings, this.#deps.log);
    }
    this.#started = true;
    if (this.#decoder.sessions.size === 0) await this.#files?.restore(listen.length > 0);
    if (listen.length > 0) await this.#listen();
    this.#timers = [
      setInterval(() => this.#decoder.flush(), this.#settings.flushMs),
      setInterval(() => void this.#everySecond(), SECOND_MS),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  async #listen(): Promise<void> {
    const { listen } = this.#settings;
    const datagrams = listen.filter(({ transport = "udp" }) => transport === "udp");
    const streams = listen.filter(({ transport = "udp" }) => transport !== "udp");
    try {
      if (streams.length > 0) {
        this.#streams = await StreamListener.open(streams, this.#settings, this.#messages, this.#deps.log);
      }
      if (datagrams.length > 0) await this.#receive(datagrams);
    } catch (error) {
      await this.#streams?.close();
      this.#started = false;
      this.#tee?.close();
      throw error;
    }
    for (const address of this.listening()) this.#deps.log.info({ ...address }, "listening for flows");
  }

  async #receive(listen: readonly ListenAddress[]): Promise<void> {
    const { receiveBufferBytes } = this.#settings;
    const { log } = this.#deps;
    this.#receiver = await openReceiver({ ...this.#settings, listen }, this.#decode, (err) =>
      log.error({ err }, "reception failed"),
    );
    const { sockets } = this.#receiver;
    const granted = Math.min(...sockets.map((socket) => socket.receiveBufferBytes));
    if (granted < receiveBufferBytes) {
      log.info(
        { granted, wanted: receiveBufferBytes },
        "receive buffers are smaller than requested; raise net.core.rmem_max to lose fewer datagrams in bursts",
      );
    }
  }

  async stop(): Promise<void> {
    if (!this.#started) return;
    this.#started = false;
    await Promise.all([this.#receiver?.close(), this.#streams?.close()]);
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    this.#finishReady();
    this.#decoder.flush();
    this.#tee?.close();
    for (const session of this.#decoder.sessions.values()) this.#decoder.held.forget(session);
    await this.#files?.save(true);
    await this.#decoder.runningTotals?.close();
    this.#decoder.runningTotals = undefined;
  }

  async change({ added = [], ...change }: CollectorChange): Promise<void> {
    const settings = { ...this.#settings, ...change };
    const allowed = AllowedExporters.of(settings.allowExporters);
    if (added.length > 0) await this.#listenToo(added);
    this.#settings = { ...settings, listen: [...settings.listen, ...added] };
    this.#decoder.change({ ...settings, allowed });
    this.#tee?.allow(allowed);
    this.#streams?.allow(allowed);
  }

  /** Binds further addresses. @throws NgflowError; then none is bound */
  async #listenToo(added: readonly ListenAddress[]): Promise<void> {
    const { log } = this.#deps;
    const datagrams = added.filter(({ transport = "udp" }) => transport === "udp");
    const streams = added.filter(({ transport = "udp" }) => transport !== "udp");
    refuseLoops(this.#settings.tee, datagrams);
    const more =
      datagrams.length === 0
        ? undefined
        : await openReceiver({ ...this.#settings, listen: datagrams }, this.#decode, (err) =>
            log.error({ err }, "reception failed"),
          );
    try {
      this.#streams = await this.#streamsWith(streams);
    } catch (error) {
      await more?.close();
      throw error;
    }
    if (more !== undefined) {
      this.#receiver = this.#receiver === undefined ? more : new ReceiverUnion([this.#receiver, more]);
    }
    for (const address of added) log.info({ ...address }, "listening for flows");
  }

  /** The connections, with further addresses. */
  async #streamsWith(added: readonly ListenAddress[]): Promise<StreamListener | undefined> {
    if (added.length === 0) return this.#streams;
    if (this.#streams === undefined) {
      return StreamListener.open(added, this.#settings, this.#messages, this.#deps.log);
    }
    await this.#streams.addAll(added, this.#settings);
    return this.#streams;
  }

  async drain(): Promise<void> {
    await Promise.all([this.#receiver?.drain(), this.#streams?.drain()]);
    this.#finishReady();
    this.#decoder.flush();
  }

  receive(bytes: Uint8Array, address: string, port: number, from: MessageOrigin = {}): void {
    const { connection, receivedMs = this.#deps.clock.nowMs() } = from;
    this.#datagrams++;
    this.#bytes += bytes.length;
    this.#decode(bytes, 0, bytes.length, address, port, receivedMs, connection);
  }

  /** Takes the header of a proxy off a datagram, and decodes what is behind it as its exporter's. */
  #fromProxy(bytes: Uint8Array, start: number, end: number, address: string, port: number, receivedMs: number): void {
    const header = this.#proxyHeader;
    this.#lastSeenMs = receivedMs;
    if (!header.read(bytes, start, end)) {
      this.#decoder.totals.proxyHeadersInvalid++;
      return;
    }
    const isProxied = header.address !== "";
    const exporter = isProxied ? header.address : address;
    const source = isProxied ? header.port : port;
    this.#tee?.send(bytes, header.end, end, exporter, source);
    this.#decoder.decode(bytes, header.end, end, exporter, source, receivedMs);
    if (this.#decoder.isReady) this.#decodeReady();
  }

  endConnection(connection: number): void {
    this.#decoder.endConnection(connection);
  }

  readonly #decode = (
    bytes: Uint8Array,
    start: number,
    end: number,
    address: string,
    port: number,
    receivedMs: number,
    connection = 0,
  ): void => {
    if (connection === 0) {
      if (this.#proxies?.has(address) === true) {
        this.#fromProxy(bytes, start, end, address, port, receivedMs);
        return;
      }
      this.#tee?.send(bytes, start, end, address, port);
    }
    this.#lastSeenMs = receivedMs;
    this.#decoder.decode(bytes, start, end, address, port, receivedMs, connection);
    if (this.#decoder.isReady) this.#decodeReady();
  };

  readonly #messages: StreamSink = {
    message: (bytes, start, end, { address, port, connection }, arrivedMs) =>
      this.#decode(bytes, start, end, address, port, arrivedMs, connection),
    ended: ({ connection }) => this.endConnection(connection),
  };

  counters(): CollectorCounters {
    return collectorCounters({
      decoder: this.#decoder,
      receiver: this.#receiver,
      streams: this.#streams,
      tee: this.#tee,
      datagrams: this.#datagrams,
      bytes: this.#bytes,
    });
  }

  names(): readonly LearnedName[] {
    const { names, sessions } = this.#decoder;
    return nameRows(names.saved(sessions.values()));
  }

  exporters(): readonly ExporterStatus[] {
    return [...this.eachExporter()];
  }

  *eachExporter(): Generator<ExporterStatus> {
    for (const session of this.#decoder.sessions.values()) {
      const { connection } = session;
      yield exporterStatus(session, connection === 0 ? "udp" : (this.#streams?.transportOf(connection) ?? "file"));
    }
  }

  *exporterAddresses(): Generator<string> {
    for (const { address, agent, established, proved } of this.#decoder.sessions.values())
      if (established || proved) yield plainAddress(agent === "" ? address : agent);
  }

  listening(): readonly ListenAddress[] {
    const datagrams = this.#receiver?.sockets.map(({ host, port }) => ({ host, port })) ?? [];
    const streams = this.#streams?.addresses ?? [];
    let [d, s] = [0, 0];
    const bound = this.#settings.listen.map(({ transport = "udp" }) =>
      transport === "udp" ? datagrams[d++] : streams[s++],
    );
    return bound.filter((address) => address !== undefined);
  }

  lastSeenMs(): number | null {
    return this.#lastSeenMs;
  }

  /** Decodes what waited for a template in slices, each in a turn of its own. */
  #decodeReady(): void {
    if (this.#sliceDue) return;
    this.#sliceDue = true;
    setImmediate(() => {
      this.#sliceDue = false;
      this.#decoder.step();
      if (this.#decoder.isReady) this.#decodeReady();
    });
  }

  /** Decodes the rest of what waited for a template. */
  #finishReady(): void {
    while (this.#decoder.isReady) this.#decoder.step();
  }

  #noteNotAllowed(address: string): void {
    if (this.#notAllowed.size >= MAX_NOT_ALLOWED_LOGGED || this.#notAllowed.has(address)) return;
    this.#notAllowed.add(address);
    this.#deps.log.warn({ address }, "flows from an exporter that may not send are dropped");
  }

  #noteClock(session: Session): void {
    if (this.#clocksLogged++ >= MAX_CLOCKS_LOGGED) return;
    const { address, domain, clock, clockSkewMs } = session;
    for (const warning of clockWarnings(clock, clockSkewMs))
      this.#deps.log.warn({ address, domain, clockSkewMs }, warning);
  }

  beat(): number | null {
    return this.#receiver?.beat() ?? null;
  }

  async #everySecond(): Promise<void> {
    const nowMs = this.#deps.clock.nowMs();
    this.#decoder.held.expire(this.#decoder.sessions.values(), nowMs);
    this.#decoder.templates.expire(this.#decoder.sessions.values(), nowMs);
    this.#decoder.runningTotals?.tidy();
    this.#receiver?.favour(this.#knownSources());
    await this.#files?.save(false);
    await this.#shared?.step(() => {
      if (this.#started && this.#decoder.isReady) this.#decodeReady();
    });
  }

  /** Addresses with an established session: they keep their room in the receiver when others flood it. */
  #knownSources(): ReadonlySet<string> {
    const known = new Set<string>();
    for (const { address, established } of this.#decoder.sessions.values()) if (established) known.add(address);
    return known;
  }
}
