import type { Clock, Log } from "@ngflow/base";
import type { ExporterStatus, FlowSink } from "@ngflow/flows";
import { readKernelDrops } from "@ngflow/os";
import { type Protocol, PROTOCOLS } from "@ngflow/wire";
import { type CollectorConfig, type CollectorSettings, collectorSettings, type ListenAddress } from "./config.ts";
import { exporterStatus } from "./exporter-status.ts";
import { FlowDecoder } from "./flow-decoder.ts";
import { UdpListener } from "./listen/udp-listener.ts";
import type { CollectorCounters } from "./metrics.ts";
import { Session } from "./session/session.ts";
import { readTemplateFile, restoredTemplate, savedSessions, writeTemplateFile } from "./session/template-file.ts";

/** What a collector is given. */
export interface CollectorDeps {
  readonly sink: FlowSink;
  readonly clock: Clock;
  readonly log: Log;
  /** Protocols to decode; by default PROTOCOLS of @ngflow/wire. */
  readonly protocols?: readonly Protocol[];
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
  /** Waits until the sockets are empty (at most two seconds) and everything received has been passed to the sink. */
  drain(): Promise<void>;
  /** Handles one datagram as if a socket had received it; for replays and tests. */
  receive(bytes: Uint8Array, address: string, port: number): void;
  counters(): CollectorCounters;
  exporters(): readonly ExporterStatus[];
  /** The addresses in use, with the ports the system chose for 0. */
  listening(): readonly ListenAddress[];
  /** Unix milliseconds of the last datagram; null before the first. */
  lastSeenMs(): number | null;
}

const SECOND_MS = 1000;
/** Least time between two writes of the template file. */
const SAVE_MS = 5000;
const DRAIN_STEP_MS = 10;
const DRAIN_LIMIT_MS = 2000;
/** Decoder errors that are logged; the rest are only counted. */
const MAX_ERRORS_LOGGED = 10;
/** Addresses that may not send and are logged, each once; all are counted. */
const MAX_NOT_ALLOWED_LOGGED = 5;

/** A collector that is not running yet. */
export function createCollector(config: CollectorConfig, deps: CollectorDeps): Collector {
  return new UdpCollector(collectorSettings(config), deps);
}

class UdpCollector implements Collector {
  readonly #settings: CollectorSettings;
  readonly #deps: CollectorDeps;
  readonly #protocols: readonly Protocol[];
  readonly #decoder: FlowDecoder;
  #listeners: UdpListener[] = [];
  #kernelDrops: number[] = [];
  #kernelDropsBefore = 0;
  #timers: NodeJS.Timeout[] = [];
  #started = false;
  #datagrams = 0;
  #bytes = 0;
  #lastSeenMs: number | null = null;
  #errors = 0;
  readonly #notAllowed = new Set<string>();
  #saving: Promise<void> = Promise.resolve();
  #savedAtMs = 0;

  constructor(settings: CollectorSettings, deps: CollectorDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#protocols = deps.protocols ?? PROTOCOLS;
    this.#decoder = new FlowDecoder(settings, deps.sink, this.#protocols);
    this.#decoder.onNotAllowed = (address) => this.#noteNotAllowed(address);
    this.#decoder.onInternalError = (error) => {
      if (this.#errors++ < MAX_ERRORS_LOGGED) deps.log.error({ err: error }, "decoder error, datagram dropped");
    };
  }

  async start(): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    const { stateDir, listen, receiveBufferBytes } = this.#settings;
    const { log } = this.#deps;
    if (stateDir !== undefined && this.#decoder.sessions.size === 0) this.#restore(stateDir);
    try {
      for (const address of listen) {
        const listener = await UdpListener.open(
          address,
          receiveBufferBytes,
          (bytes, host, port) => this.receive(bytes, host, port),
          (error) => log.error({ err: error }, "socket error"),
        );
        this.#listeners.push(listener);
        const { host, port } = listener.bound;
        log.info({ host, port, receiveBufferBytes: listener.receiveBufferBytes }, "listening for flows");
      }
      const granted = Math.min(...this.#listeners.map((listener) => listener.receiveBufferBytes));
      if (granted < receiveBufferBytes) {
        log.info(
          { granted, wanted: receiveBufferBytes },
          "receive buffers are smaller than requested; raise net.core.rmem_max to lose fewer datagrams in bursts",
        );
      }
    } catch (error) {
      this.#started = false;
      await this.#closeListeners();
      throw error;
    }
    this.#timers = [
      setInterval(() => this.#decoder.flush(), this.#settings.flushMs),
      setInterval(() => void this.#everySecond(), SECOND_MS),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  async stop(): Promise<void> {
    if (!this.#started) return;
    this.#started = false;
    await this.drain();
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    await this.#readDrops();
    await this.#closeListeners();
    this.#decoder.flush();
    for (const session of this.#decoder.sessions.values()) this.#decoder.held.forget(session);
    await this.#save(true);
  }

  async drain(): Promise<void> {
    const deadline = this.#deps.clock.monotonicMs() + DRAIN_LIMIT_MS;
    let before = -1;
    while (this.#listeners.length > 0 && before !== this.#datagrams && this.#deps.clock.monotonicMs() < deadline) {
      before = this.#datagrams;
      await new Promise((resolve) => setTimeout(resolve, DRAIN_STEP_MS));
    }
    this.#decoder.flush();
  }

  receive(bytes: Uint8Array, address: string, port: number): void {
    const nowMs = this.#deps.clock.nowMs();
    this.#datagrams++;
    this.#bytes += bytes.length;
    this.#lastSeenMs = nowMs;
    this.#decoder.decode(bytes, 0, bytes.length, address, port, nowMs);
  }

  counters(): CollectorCounters {
    const { totals, sessions, templates, held, protocolCounts, malformedByCode } = this.#decoder;
    let lost = totals.recordsLost;
    let gaps = totals.sequenceGaps;
    let resets = totals.sequenceResets;
    let reordered = totals.datagramsReordered;
    for (const { sequence } of sessions.values()) {
      lost += sequence.lostRecords;
      gaps += sequence.gaps;
      resets += sequence.resets;
      reordered += sequence.reordered;
    }
    const byProtocol: Record<string, number> = {};
    for (const [protocol, counts] of protocolCounts) {
      protocol.counters.forEach(([name], i) => (byProtocol[name] = counts[i]!));
    }
    const byCode: Record<string, number> = {};
    let malformed = 0;
    for (const [code, count] of malformedByCode) {
      byCode[`malformed:${code}`] = count;
      malformed += count;
    }
    return {
      datagramsReceived: this.#datagrams,
      bytesReceived: this.#bytes,
      kernelDrops: this.#kernelDropsBefore + this.#kernelDrops.reduce((sum, n) => sum + n, 0),
      ...totals,
      recordsLost: Math.round(lost),
      sequenceGaps: gaps,
      sequenceResets: resets,
      datagramsReordered: reordered,
      templatesKnown: templates.known,
      templatesLearned: templates.templatesLearned,
      templatesWithdrawn: templates.templatesWithdrawn,
      templatesRefused: templates.templatesRefused,
      setsHeld: held.setsHeld,
      setBytesHeld: held.setBytesHeld,
      setsHeldTotal: held.setsHeldTotal,
      setsHeldDropped: held.setsHeldDropped,
      setsHeldExpired: held.setsHeldExpired,
      sessions: sessions.size,
      sessionsEvicted: sessions.evicted,
      malformed,
      ...byProtocol,
      ...byCode,
    };
  }

  exporters(): readonly ExporterStatus[] {
    return [...this.#decoder.sessions.values()].map(exporterStatus);
  }

  listening(): readonly ListenAddress[] {
    return this.#listeners.map(({ bound: { host, port } }) => ({ host, port }));
  }

  lastSeenMs(): number | null {
    return this.#lastSeenMs;
  }

  #noteNotAllowed(address: string): void {
    if (this.#notAllowed.size >= MAX_NOT_ALLOWED_LOGGED || this.#notAllowed.has(address)) return;
    this.#notAllowed.add(address);
    this.#deps.log.warn({ address }, "flows from an exporter that may not send are dropped");
  }

  async #everySecond(): Promise<void> {
    this.#decoder.held.expire(this.#decoder.sessions.values(), this.#deps.clock.nowMs());
    await this.#readDrops();
    await this.#save(false);
  }

  async #readDrops(): Promise<void> {
    if (this.#listeners.length === 0) return;
    const drops = await readKernelDrops(this.#listeners.map((listener) => listener.bound));
    if (drops.length === this.#listeners.length) this.#kernelDrops = drops;
  }

  async #closeListeners(): Promise<void> {
    this.#kernelDropsBefore += this.#kernelDrops.reduce((sum, n) => sum + n, 0);
    this.#kernelDrops = [];
    const listeners = this.#listeners;
    this.#listeners = [];
    await Promise.all(listeners.map((listener) => listener.close()));
  }

  /** Writes the template file when a template changed; at most every SAVE_MS unless `now`. */
  #save(now: boolean): Promise<void> {
    const { stateDir } = this.#settings;
    const { clock, log } = this.#deps;
    const atMs = clock.monotonicMs();
    if (stateDir === undefined || !this.#decoder.templates.changed || (!now && atMs - this.#savedAtMs < SAVE_MS)) {
      return this.#saving;
    }
    this.#savedAtMs = atMs;
    this.#decoder.templates.changed = false;
    const sessions = savedSessions(this.#decoder.sessions.values());
    this.#saving = this.#saving
      .then(() => writeTemplateFile(stateDir, sessions))
      .catch((error: unknown) => {
        this.#decoder.templates.changed = true;
        log.warn({ err: error, stateDir }, "templates could not be saved; they will be learned again after a restart");
      });
    return this.#saving;
  }

  #restore(stateDir: string): void {
    const { log } = this.#deps;
    const saved = readTemplateFile(stateDir, (reason) => {
      log.warn({ stateDir, reason }, "template file is not usable; templates will be learned again");
    });
    for (const s of saved) {
      const protocol = this.#protocols.find(({ number }) => number === s.version);
      if (protocol === undefined) continue;
      const session = new Session(s.address, 0, protocol, s.domain, s.lastSeenMs);
      session.sampling.bootMs = s.bootMs;
      session.sampling.general = s.samplingRate;
      for (const [id, rate] of s.samplers) session.sampling.byId.set(id, rate);
      if (!this.#decoder.sessions.restore(session)) continue;
      for (const t of s.templates) this.#decoder.templates.learn(session, restoredTemplate(t), t.refreshedMs);
    }
    this.#decoder.templates.changed = false;
  }
}
