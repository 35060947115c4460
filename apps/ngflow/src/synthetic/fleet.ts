import { seededRng } from "@ngflow/base";
import { V1, V5, V7 } from "@ngflow/wire/encode";
import type { Dialect } from "./dialects/dialect.ts";
import { FixedStream } from "./fixed-stream.ts";
import { FlowSource, FlowTables } from "./flow-source.ts";
import { FramePool, SflowStream } from "./sflow-stream.ts";
import { type CompiledDialect, compileDialect } from "./templates.ts";
import { addSums, newSums, type SentSums, type Stream, type StreamSettings } from "./stream.ts";
import { type Announcing, TemplateStream } from "./template-stream.ts";

/** Formats of NetFlow that have one layout. */
const FIXED = { v1: V1, v5: V5, v7: V7 } as const;

export type FixedFormat = keyof typeof FIXED;
export type GeneratedFormat = FixedFormat | "v9" | "ipfix" | "sflow";

export const GENERATED_FORMATS: readonly GeneratedFormat[] = ["v1", "v5", "v7", "v9", "ipfix", "sflow"];

/** The exporters of a run. */
export interface FleetSettings {
  readonly format: GeneratedFormat;
  /** Templates and habits of v9 and IPFIX. */
  readonly dialect: Dialect | undefined;
  readonly exporters: number;
  /** Source ids, observation domains, engines or sub-agents of each exporter. */
  readonly domains: number;
  readonly announcing: Announcing;
  readonly stream: Omit<StreamSettings, "bootMs">;
  readonly seed: number;
  /** Unix milliseconds of the first datagram. */
  readonly startMs: number;
  /** How long before that the exporters started, milliseconds; undefined for 1 to 40 days, each its own. */
  readonly upMs: number | undefined;
}

/** A stream and the exporter it is of, from 0. */
export interface FleetStream {
  readonly stream: Stream;
  readonly exporter: number;
}

/** Exporters that take turns. */
export interface Fleet {
  readonly streams: readonly FleetStream[];
  readonly exporters: number;
  /** What each exporter sent. */
  sums(): readonly SentSums[];
}

const DAY_MS = 86_400_000;
/** Seeds of neighbouring exporters are far apart. */
const SEED_STEP = 0x9e37_79b9;

export function createFleet(settings: FleetSettings): Fleet {
  const tables = new FlowTables();
  const pool = settings.format === "sflow" ? new FramePool(seededRng(settings.seed)) : undefined;
  const { dialect, stream } = settings;
  const compiled = dialect === undefined ? undefined : compileDialect(dialect, stream.sampling > 1);
  const streams: FleetStream[] = [];
  for (let exporter = 0; exporter < settings.exporters; exporter++) {
    const rng = seededRng((settings.seed + exporter * SEED_STEP) >>> 0);
    const upMs = settings.upMs ?? DAY_MS + (rng.u32() % (39 * DAY_MS));
    const own: StreamSettings = { ...settings.stream, bootMs: settings.startMs - upMs };
    const source = new FlowSource(rng, tables);
    for (let domain = 0; domain < settings.domains; domain++) {
      streams.push({ exporter, stream: openStream({ settings, compiled, own, source, exporter, pool }, domain) });
    }
  }
  return { streams, exporters: settings.exporters, sums: () => sumsOf(streams, settings.exporters) };
}

interface ExporterParts {
  readonly settings: FleetSettings;
  readonly compiled: CompiledDialect | undefined;
  readonly own: StreamSettings;
  readonly source: FlowSource;
  readonly exporter: number;
  /** Of sFlow. */
  readonly pool: FramePool | undefined;
}

function openStream({ settings, compiled, own, source, exporter, pool }: ExporterParts, domain: number): Stream {
  const { format, announcing, seed } = settings;
  if (pool !== undefined) {
    const rng = seededRng((seed + exporter * SEED_STEP + domain + 1) >>> 0);
    return new SflowStream(exporterAddress(exporter), domain, own, rng, pool);
  }
  if (compiled !== undefined) {
    const first = settings.dialect!.domain;
    return new TemplateStream(compiled, first + domain, announcing, own, source);
  }
  return new FixedStream(FIXED[format as FixedFormat], domain, own, source);
}

/** 198.18.0.1 and up: addresses for benchmarks (RFC 2544), used in files and as sFlow agents. */
export function exporterAddress(exporter: number): Uint8Array {
  const number = exporter + 1;
  return Uint8Array.of(198, 18 + (number >>> 16), (number >>> 8) & 0xff, number & 0xff);
}

function sumsOf(streams: readonly FleetStream[], exporters: number): SentSums[] {
  const sums = Array.from({ length: exporters }, newSums);
  for (const { exporter, stream } of streams) addSums(sums[exporter]!, stream.sums);
  return sums;
}
