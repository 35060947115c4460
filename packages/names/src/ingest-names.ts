import { join } from "node:path";
import type { FlowSink } from "@ngflow/flows";
import { AddressFacts, type FactTable, UNRESOLVED } from "./facts/address-facts.ts";
import { EnrichingSink } from "./facts/enriching-sink.ts";
import { NameIds } from "./ids/name-ids.ts";
import { asOf, placeOf } from "./mmdb/record-facts.ts";
import { type Mmdb, readMmdb } from "./mmdb/read-mmdb.ts";
import { type Networks, readNetworks } from "./networks/read-networks.ts";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { SourceStatus } from "@ngflow/flows";
import {
  heldSource,
  type HeldSource,
  type PreparedChange,
  readOthers,
  startSources,
  stopSources,
} from "./sources/held-source.ts";
import type { SourceDeps } from "./sources/watched-source.ts";
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

/** Records that are read before others have their turn. */
const TURN = 500;

/** Writes the numbers of networks, places and ASes to flows on their way to the store. */
export class IngestNames {
  readonly sink: FlowSink;
  readonly #config: IngestConfig;
  readonly #deps: SourceDeps;
  readonly #ids: NameIds;
  readonly #facts = new AddressFacts();
  #networks: HeldSource<FactTable> | undefined;
  #mmdb: readonly HeldSource<LoadedMmdb>[];

  constructor(config: IngestConfig, sink: FlowSink, deps: SourceDeps) {
    this.#config = config;
    this.#deps = deps;
    this.sink = new EnrichingSink(sink, this.#facts);
    this.#ids = new NameIds(join(config.stateDir, IDS_FILE), deps.log);
    const { networks, mmdb = [] } = config;
    this.#networks = networks === undefined ? undefined : this.#networksOf(networks);
    this.#mmdb = mmdb.map((from) => this.#mmdbOf(from));
  }

  #networksOf(from: string): HeldSource<FactTable> {
    const source = {
      kind: "networks" as const,
      from,
      cacheDirectory: this.#cacheDirectory,
      parse: (bytes: Buffer) => readNetworks(bytes.toString("utf8")),
      entries: ({ prefixes }: Networks) => prefixes,
      valueOf: (read: Networks) => this.#numbered(read),
    };
    return heldSource(source, this.#deps, () => this.#useAll());
  }

  #mmdbOf(from: string): HeldSource<LoadedMmdb> {
    const source = {
      kind: "mmdb" as const,
      from,
      cacheDirectory: this.#cacheDirectory,
      parse: (bytes: Buffer) => this.#load(bytes),
      entries: ({ mmdb: { prefixes } }: LoadedMmdb) => prefixes,
      madeAtMs: ({ mmdb: { builtAt } }: LoadedMmdb) => builtAt * 1000,
      valueOf: (read: LoadedMmdb) => read,
    };
    return heldSource(source, this.#deps, () => {
      this.#useAll();
      this.#keepAsNames();
    });
  }

  get #cacheDirectory(): string {
    return join(this.#config.stateDir, "sources");
  }

  get #sources(): readonly HeldSource<unknown>[] {
    return [...(this.#networks === undefined ? [] : [this.#networks]), ...this.#mmdb];
  }

  /**
   * Reads all sources once; those that fail are tried again. Resolves at the latest after some seconds: an address that
   * does not answer delays no flow.
   */
  async start(): Promise<void> {
    await startSources(this.#sources);
  }

  /**
   * Reads what other settings name, while flows go on with the names that there are. What both name is kept.
   * @throws NamesError for a file that cannot be read
   */
  async prepare({ networks, mmdb = [] }: Omit<IngestConfig, "stateDir">): Promise<PreparedChange> {
    const before = this.#sources;
    const nextNetworks =
      networks === undefined
        ? undefined
        : this.#networks?.from === networks
          ? this.#networks
          : this.#networksOf(networks);
    const nextMmdb = mmdb.map((from) => this.#mmdb.find((held) => held.from === from) ?? this.#mmdbOf(from));
    const after = [...(nextNetworks === undefined ? [] : [nextNetworks]), ...nextMmdb];
    const { discard, stopOld } = await readOthers(before, after);
    return {
      discard,
      apply: () => {
        this.#networks = nextNetworks;
        this.#mmdb = nextMmdb;
        this.#useAll();
        this.#keepAsNames();
        return stopOld();
      },
    };
  }

  async stop(): Promise<void> {
    await stopSources(this.#sources);
    this.#ids.close();
  }

  /** Looks at all sources now. */
  async refresh(): Promise<void> {
    await Promise.all(this.#sources.map(({ source }) => source.check()));
  }

  status(): readonly SourceStatus[] {
    const sources = this.#sources.map(({ source }) => source.status());
    return sources.length === 0 ? [] : [...sources, this.#ids.status()];
  }

  #numbered({ ranges, networks }: Networks): FactTable {
    const ids = networks.map((texts) => this.#ids.idOf({ kind: "network", texts }));
    return { ranges, networks: Uint32Array.from([0, ...ids]) };
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

  #keepAsNames(): void {
    if (this.#mmdb.every(({ value }) => (value?.asNames.size ?? 0) === 0)) return;
    this.#writeAsNames().catch((error: unknown) => {
      this.#deps.log.warn({ err: String(error) }, "names of ASes cannot be written");
    });
  }

  #useAll(): void {
    const tables = this.#mmdb.flatMap(({ value }) => (value === undefined ? [] : [value.table]));
    const networks = this.#networks?.value;
    this.#facts.use(networks === undefined ? tables : [networks, ...tables]);
  }

  /** Writes the names of ASes for those who answer queries. */
  async #writeAsNames(): Promise<void> {
    const names = new Map<number, string>();
    for (const { value } of this.#mmdb)
      for (const [number, name] of value?.asNames ?? []) if (name !== "" && !names.has(number)) names.set(number, name);
    await replaceFile(join(this.#config.stateDir, AS_NAMES_FILE), JSON.stringify(Object.fromEntries(names)));
  }
}
