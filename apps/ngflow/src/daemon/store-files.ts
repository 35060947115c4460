import type { Collector } from "@ngflow/collector";
import { decodeMessage, type MessageHeader, type MessageSink, newMessageHeader, PROTOCOLS } from "@ngflow/wire";
import type { DatagramVisitor } from "../decode/datagram-visitor.ts";
import { decodeFile } from "../decode/decode-file.ts";

/** What takes the flows of files: a collector without sockets, and how full its spool is, 0 to 1. */
export interface FileStore {
  readonly collector: Pick<Collector, "receive" | "endConnection">;
  readonly fill: () => number;
}

/** A fuller spool would make the collector leave records out. */
const FULL = 0.45;
const WAIT_MS = 20;
/** Datagrams between two turns of the event loop. */
const TURN = 1024;
/** After so long, the user is told why nothing goes on. */
const NOTICE_MS = 2000;

/** Asked and called while files are read. */
export interface StoreFilesEvents {
  /** Whether to stop reading. */
  readonly stopped: () => boolean;
  /** The spool stays full. */
  readonly waits: () => void;
  /** A part of a file was not read. */
  readonly damaged: (file: string, message: string) => void;
}

/**
 * Reads flows from files into a collector, as fast as the spool takes them. Each file of bare datagrams is a transport
 * session of its own (RFC 5655), and its messages were received when they were made; datagrams of a capture were
 * received when they were captured.
 * @throws NgflowError the first fault of a file, after all files were read
 */
export async function storeFiles(files: readonly string[], store: FileStore, events: StoreFilesEvents): Promise<void> {
  const faults: unknown[] = [];
  for (const [i, file] of files.entries()) {
    if (events.stopped()) return;
    try {
      const visitor = new StoredDatagrams(file, i + 1, store, events);
      await decodeFile(file, visitor, () => visitor.breathe());
    } catch (error) {
      if (error !== STOPPED) faults.push(error);
      if (faults.length > 1) events.damaged(file, (error as Error).message);
    } finally {
      store.collector.endConnection(i + 1);
    }
  }
  if (faults.length > 0) throw faults[0];
}

/** Thrown to end the reading of a file. */
const STOPPED = new Error("stopped");

/** Takes a message no further than its header. */
class HeaderOnly implements MessageSink {
  isWhole = false;
  header(): boolean {
    this.isWhole = true;
    return false;
  }
  template(): void {}
  withdrawal(): void {}
  data(): void {}
  flows(): void {}
  options(): void {}
  discards(): void {}
  counters(): void {}
  count(): void {}
  malformed(): void {}
}

class StoredDatagrams implements DatagramVisitor {
  readonly protocols = PROTOCOLS;
  datagrams = 0;
  /** Malformed parts are counted by the collector. */
  readonly errors = 0;
  #untilTurn = TURN;
  readonly #file: string;
  readonly #number: number;
  readonly #store: FileStore;
  readonly #events: StoreFilesEvents;
  readonly #header: MessageHeader = newMessageHeader(PROTOCOLS[0]!);

  constructor(file: string, number: number, store: FileStore, events: StoreFilesEvents) {
    this.#file = file;
    this.#number = number;
    this.#store = store;
    this.#events = events;
  }

  /** Whether to wait, in `breathe`: nothing is left to do here. */
  get isReady(): boolean {
    return this.#store.fill() > FULL || this.#events.stopped();
  }

  step(): void {}

  decode(bytes: Uint8Array, exporter: string, port: number, _offset: number, timeUs?: number): void {
    const sink = new HeaderOnly();
    decodeMessage(bytes, 0, bytes.length, this.#header, sink, this.protocols);
    const { protocol, exportSeconds } = this.#header;
    const ofHeader = sink.isWhole && protocol.exportTime ? exportSeconds * 1000 : undefined;
    const receivedMs = timeUs === undefined ? ofHeader : timeUs / 1000;
    this.#store.collector.receive(bytes, exporter, port, {
      ...(timeUs === undefined && { connection: this.#number }),
      ...(receivedMs !== undefined && { receivedMs }),
    });
    if (sink.isWhole) this.datagrams++;
  }

  /** Waits while the spool is too full. */
  async breathe(): Promise<void> {
    if (!this.isReady && --this.#untilTurn > 0) return;
    this.#untilTurn = TURN;
    const noticeMs = performance.now() + NOTICE_MS;
    let noticed = false;
    do {
      if (this.#events.stopped()) throw STOPPED;
      // The collector and the spool work meanwhile.
      await new Promise((resolve) => {
        setTimeout(resolve, this.#store.fill() > FULL ? WAIT_MS : 0);
      });
      if (!noticed && performance.now() > noticeMs) this.#events.waits();
      noticed ||= performance.now() > noticeMs;
    } while (this.#store.fill() > FULL);
  }

  error(_who: object, _code: string, message: string): void {
    this.#events.damaged(this.#file, message);
  }
}
