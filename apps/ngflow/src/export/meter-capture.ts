import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type NgflowError, PacketBatch } from "@ngflow/base";
import {
  type AsTable,
  type CreateFlowEngine,
  type ExportHook,
  type FlowEngine,
  loadAsTable,
  loadEngine,
  type Observation,
  type Profile,
} from "@ngflow/nodes/engine";
import { CaptureReader } from "@ngflow/wire/capture";
import type { Destination } from "./destination.ts";
import { applyChoices, type EngineChoices } from "./engine-choices.ts";
import { ExportError } from "./errors.ts";
import { type MeterStats, meterStats } from "./meter-stats.ts";
import { Progress } from "./progress.ts";

const BATCH_PACKETS = 1024;

/** What to meter and how. */
export interface MeterSettings extends EngineChoices {
  /** Path, or `-` for standard input. */
  readonly file: string;
  readonly hook: ExportHook;
  readonly profile: Profile;
  readonly activeSeconds: number;
  readonly inactiveSeconds: number;
  readonly maxFlows: number;
  readonly progress: boolean;
  /** File of AS numbers by prefix. */
  readonly asTable?: string | undefined;
}

/**
 * Meters a capture. The time stamps of the capture drive expiry, and its end flushes the cache.
 * @returns the counts, and the error if the input is damaged; everything before the damage is exported
 */
export async function meterCapture(
  settings: MeterSettings,
  destination: Destination,
): Promise<{ stats: MeterStats; damage: NgflowError | null }> {
  const input = openInput(settings.file);
  const reader = new CaptureReader(settings.file === "-" ? "standard input" : settings.file);
  const batch = new PacketBatch(BATCH_PACKETS);
  const bar = settings.progress && input.size > 0 ? new Progress(input.size) : null;
  const asTable = settings.asTable === undefined ? undefined : await loadAsTable(settings.asTable);
  const trace = new TraceMeter(settings, destination, await loadEngine(settings.profile), asTable);
  let bytesRead = 0;
  let moved = false;
  try {
    for (;;) {
      const n = readSome(input.fd, reader, settings.file);
      bytesRead += n;
      if (n === 0) reader.end();
      else reader.filled(n);
      while (reader.next(batch) > 0) {
        trace.account(batch, reader.dataLinkType);
        if (!moved) {
          moved = true;
          const window = trace.packetWindow(reader.buffer.length);
          if (window !== undefined) reader.moveTo(window);
        }
        const wait = destination.ready();
        if (wait !== undefined) await wait;
      }
      bar?.update(bytesRead, trace.packets);
      if (n === 0 || reader.error !== null) break;
    }
  } finally {
    bar?.clear();
    if (input.fd !== 0) closeSync(input.fd);
  }
  trace.close();
  return { stats: trace.stats(reader.skipped), damage: reader.error };
}

/** An engine fed by a capture. It is created with the first packet, whose time is its boot time. */
class TraceMeter {
  packets = 0;
  readonly #settings: MeterSettings;
  readonly #destination: Destination;
  readonly #create: CreateFlowEngine;
  readonly #asTable: AsTable | undefined;
  readonly #observations = new Map<number, Observation>();
  readonly #part = new PacketBatch(BATCH_PACKETS);
  #engine: FlowEngine | null = null;
  #nowUs = 0;
  #nextTickMs = 0;

  constructor(
    settings: MeterSettings,
    destination: Destination,
    create: CreateFlowEngine,
    asTable: AsTable | undefined,
  ) {
    this.#asTable = asTable;
    this.#settings = settings;
    this.#destination = destination;
    this.#create = create;
  }

  account(batch: PacketBatch, dataLinkType: number): void {
    this.packets += batch.count;
    const engine = (this.#engine ??= this.#createEngine(batch.timesUs[0]!));
    const where = this.#observation(dataLinkType);
    if (engine.packetsMoveTime === true) engine.account(batch, where);
    else this.#accountWithTicks(engine, batch, where);
    const last = batch.timesUs[batch.count - 1]!;
    if (last > this.#nowUs) this.#nowUs = last;
  }

  /** The engine's packet memory, once the engine exists. */
  packetWindow(bytes: number): Uint8Array | undefined {
    return this.#engine?.packetWindow?.(bytes);
  }

  close(): void {
    this.#engine?.close(this.#nowUs / 1000);
  }

  /** @param notIp frames that the reader skipped, by `SKIP_…` number */
  stats(notIp: Float64Array): MeterStats {
    return meterStats(this.#engine, this.packets, notIp);
  }

  #createEngine(firstUs: number): FlowEngine {
    const settings = this.#settings;
    const bootMs = Math.floor(firstUs / 1000);
    this.#nowUs = firstUs;
    const engine = this.#create(
      {
        nowMs: () => this.#nowUs / 1000,
        monotonicMs: () => this.#nowUs / 1000,
      },
      {
        maxFlows: settings.maxFlows,
        observationDomainId: 0,
        bootMs,
        ...(this.#asTable === undefined ? {} : { asTable: this.#asTable }),
      },
    );
    engine.setTimeouts(settings.inactiveSeconds, settings.activeSeconds);
    applyChoices(engine, settings);
    engine.setExport(settings.hook, this.#destination);
    this.#nextTickMs = bootMs + engine.tickIntervalMs;
    return engine;
  }

  /** Runs the engine's ticks at their times between the packets. */
  #accountWithTicks(engine: FlowEngine, batch: PacketBatch, where: Observation): void {
    const part = this.#part;
    part.buffer = batch.buffer;
    part.count = 0;
    for (let i = 0; i < batch.count; i++) {
      const timeMs = batch.timesUs[i]! / 1000;
      if (timeMs >= this.#nextTickMs) {
        if (part.count > 0) engine.account(part, where);
        part.count = 0;
        this.#tickTo(engine, timeMs);
      }
      part.pushFrom(batch, i);
    }
    if (part.count > 0) engine.account(part, where);
  }

  /** Runs the ticks that are due and have an effect: a time stamp far ahead costs a few per cached flow at most. */
  #tickTo(engine: FlowEngine, timeMs: number): void {
    const interval = engine.tickIntervalMs;
    while (this.#nextTickMs <= timeMs) {
      this.#nowUs = this.#nextTickMs * 1000;
      engine.tick(this.#nextTickMs);
      this.#nextTickMs += interval;
      const idleMs = Math.min(engine.idleUntilMs ?? 0, timeMs) - this.#nextTickMs;
      if (idleMs > 0) this.#nextTickMs += Math.ceil(idleMs / interval) * interval;
    }
  }

  #observation(dataLinkType: number): Observation {
    let where = this.#observations.get(dataLinkType);
    if (where === undefined) {
      where = { slot: 0, direction: 0, dataLinkType, ifIndex: 0, conf: 1, hasOpposite: true };
      this.#observations.set(dataLinkType, where);
    }
    return where;
  }
}

function openInput(file: string): { fd: number; size: number } {
  if (file === "-") return { fd: 0, size: 0 };
  try {
    const fd = openSync(file, "r");
    const stat = fstatSync(fd);
    if (stat.isDirectory()) throw new Error("it is a directory");
    return { fd, size: stat.isFile() ? stat.size : 0 };
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new ExportError(
      "export-unreadable",
      missing
        ? `${file}: no such file; expected a pcap or pcapng file, or - for standard input`
        : `${file}: cannot read: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** Reads the next bytes. Returns 0 at the end. */
function readSome(fd: number, reader: CaptureReader, file: string): number {
  for (;;) {
    try {
      return readSync(fd, reader.buffer, reader.writeAt, reader.room, null);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === "EOF") return 0;
      if (code === "EAGAIN") {
        // Standard input is non-blocking.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
        continue;
      }
      throw new ExportError("export-unreadable", `${file}: cannot read: ${(cause as Error).message}`, { cause });
    }
  }
}
