import { join } from "node:path";
import type { FlowSink } from "@ngflow/flows";
import { AddressFacts, type FactTable, UNRESOLVED } from "./facts/address-facts.ts";
import { EnrichingSink } from "./facts/enriching-sink.ts";
import { NameIds } from "./ids/name-ids.ts";
import { asOf, placeOf } from "./mmdb/record-facts.ts";
import { type Mmdb, readMmdb } from "./mmdb/read-mmdb.ts";
import { type Networks, readNetworks } from "./networks/read-networks.ts";
import { setImmediate as nextTurn, setTimeout } from "node:timers/promises";
import type { SourceStatus } from "@ngflow/flows";
import { type SourceDeps, WatchedSource } from "./sources/watched-source.ts";
import { replaceFile } from "./whole-file.ts";

/** Files in the collector's state directory: numbers of networks and places, and names of ASes. */
export const IDS_FILE = "name-ids.ndjson";
export const AS_NAMES_FILE = "as-names.json";

/** What is written to flows when they are received. */
export interface IngestConfig {
  /** A file of networks, or its address. */
  readonly networks?: string | undefined;
  /** MMDB files, or their addresses; the first that knows something of an address holds. */
  readonly mmdb?: readonly string[] | undefined;
  /** Where the collector keeps its state. */
  readonly stateDir: string;
}

/** An MMDB file as it is used. */
interface LoadedMmdb {
  readonly mmdb: Mmdb;
  readonly table: FactTable;
  readonly asNames: ReadonlyMap<number, string>;
}

/** How long flows wait for names at the start. */
const START_MS = 10_000;
/** Records that are read before others have their turn. */
const TURN = 500;

/** Writes the numbers of networks, places and ASes to flows on their way to the store. */
export class IngestNames {
  readonly sink: FlowSink;
  readonly #config: IngestConfig;
  readonly #deps: SourceDeps;
  readonly #ids: NameIds;
  readonly #facts = new AddressFacts();
  readonly #sources: Pick<WatchedSource<unknown>, "start" | "stop" | "check" | "status">[] = [];
  #networks: FactTable | undefined;
  readonly #mmdb: (LoadedMmdb | undefined)[] = [];

  constructor(config: IngestConfig, sink: FlowSink, deps: SourceDeps) {
    this.#config = config;
    this.#deps = deps;
    this.sink = new EnrichingSink(sink, this.#facts);
    this.#ids = new NameIds(join(config.stateDir, IDS_FILE), deps.log);
    const { networks, mmdb = [] } = config;
    const cacheDirectory = join(config.stateDir, "sources");
    if (networks !== undefined) {
      const source = {
        kind: "networks" as const,
        from: networks,
        cacheDirectory,
        parse: (bytes: Buffer) => readNetworks(bytes.toString("utf8")),
        entries: ({ prefixes }: Networks) => prefixes,
        use: (value: Networks) => this.#useNetworks(value),
      };
      this.#sources.push(new WatchedSource(source, deps));
    }
    for (const [i, from] of mmdb.entries()) {
      const source = {
        kind: "mmdb" as const,
        from,
        cacheDirectory,
        parse: (bytes: Buffer) => this.#load(bytes),
        entries: ({ mmdb: { prefixes } }: LoadedMmdb) => prefixes,
        madeAtMs: ({ mmdb: { builtAt } }: LoadedMmdb) => builtAt * 1000,
        use: (value: LoadedMmdb) => this.#useMmdb(i, value),
      };
      this.#sources.push(new WatchedSource(source, deps));
    }
  }

  /**
   * Reads all sources once; those that fail are tried again. Resolves at the latest after some seconds: an address that
   * does not answer delays no flow.
   */
  async start(): Promise<void> {
    const waits = new AbortController();
    const read = Promise.all(this.#sources.map((source) => source.start()));
    await Promise.race([read, setTimeout(START_MS, undefined, { signal: waits.signal }).catch(() => undefined)]);
    waits.abort();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.stop()));
    this.#ids.close();
  }

  /** Looks at all sources now. */
  async refresh(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.check()));
  }

  status(): readonly SourceStatus[] {
    const sources = this.#sources.map((source) => source.status());
    return sources.length === 0 ? [] : [...sources, this.#ids.status()];
  }

  #useNetworks({ ranges, networks }: Networks): void {
    const ids = networks.map((texts) => this.#ids.idOf({ kind: "network", texts }));
    this.#networks = { ranges, networks: Uint32Array.from([0, ...ids]) };
    this.#useAll();
  }

  async #load(bytes: Buffer): Promise<LoadedMmdb> {
    const mmdb = await readMmdb(bytes);
    const ases = new Uint32Array(mmdb.records + 1);
    const asNames = new Map<number, string>();
    // A file of countries and cities has no ASes: the first records show it.
    for (let i = 1; i <= mmdb.records && (i <= TURN || asNames.size > 0); i++) {
      const { number, name } = asOf(mmdb.record(i));
      ases[i] = number;
      if (number !== 0) asNames.set(number, name);
      if (i % TURN === 0) await nextTurn();
    }
    const places = new Uint32Array(mmdb.records + 1).fill(UNRESOLVED);
    places[0] = 0;
    const resolve = (value: number): number => {
      let texts: Readonly<Record<string, string>> = {};
      try {
        texts = { ...placeOf(mmdb.record(value)) };
      } catch {
        // A damaged record knows nothing.
      }
      return (places[value] = this.#ids.idOf({ kind: "place", texts }));
    };
    const table = { ranges: mmdb.ranges, ...(asNames.size === 0 ? {} : { ases }), places, resolve };
    return { mmdb, table, asNames };
  }

  #useMmdb(i: number, loaded: LoadedMmdb): void {
    this.#mmdb[i] = loaded;
    this.#useAll();
    if (loaded.asNames.size > 0)
      this.#writeAsNames().catch((error: unknown) => {
        this.#deps.log.warn({ err: String(error) }, "names of ASes cannot be written");
      });
  }

  #useAll(): void {
    const tables = this.#mmdb.flatMap((loaded) => (loaded === undefined ? [] : [loaded.table]));
    this.#facts.use(this.#networks === undefined ? tables : [this.#networks, ...tables]);
  }

  /** Writes the names of ASes for those who answer queries. */
  async #writeAsNames(): Promise<void> {
    const names = new Map<number, string>();
    for (const loaded of this.#mmdb)
      for (const [number, name] of loaded?.asNames ?? [])
        if (name !== "" && !names.has(number)) names.set(number, name);
    await replaceFile(join(this.#config.stateDir, AS_NAMES_FILE), JSON.stringify(Object.fromEntries(names)));
  }
}
