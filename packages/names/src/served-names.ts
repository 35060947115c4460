import { join } from "node:path";
import type { NameTables } from "@ngflow/flows";
import { ReverseDns } from "./dns/reverse-dns.ts";
import { type HostNames, readHosts } from "./hosts/read-hosts.ts";
import { idReader } from "./ids/read-ids.ts";
import { AS_NAMES_FILE, IDS_FILE } from "./ingest-names.ts";
import { asNameReader } from "./read-as-names.ts";
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
import { readVendors, type Vendors } from "./vendors/read-vendors.ts";

/** Names that are looked up when a query is answered. */
export interface ServedConfig {
  /** Hosts files and files of leases, or their addresses; the first that has an address names it. */
  readonly hosts?: readonly string[];
  /** A list of MAC vendors, or its address. */
  readonly macVendors?: string | undefined;
  /** A DNS server for names of addresses, or `system`; absent: none is asked. */
  readonly reverseDns?: string | undefined;
  /** Where the collector keeps its state. */
  readonly stateDir: string;
}

/** The names for queries: what the collector wrote, hosts, vendors and DNS. */
export class ServedNames {
  readonly #deps: SourceDeps;
  readonly #stateDir: string;
  readonly #ids: ReturnType<typeof idReader>;
  readonly #ases: ReturnType<typeof asNameReader>;
  #hosts: readonly HeldSource<HostNames>[];
  #vendors: HeldSource<Vendors> | undefined;
  #dns: ReverseDns | undefined;
  #dnsServer: string | undefined;
  #merged: { readonly of: readonly (HostNames | undefined)[]; readonly names: HostNames } | undefined;

  constructor({ hosts = [], macVendors, reverseDns, stateDir }: ServedConfig, deps: SourceDeps) {
    this.#deps = deps;
    this.#stateDir = stateDir;
    this.#ids = idReader(join(stateDir, IDS_FILE));
    this.#ases = asNameReader(join(stateDir, AS_NAMES_FILE));
    this.#hosts = hosts.map((from) => this.#hostsOf(from));
    this.#vendors = macVendors === undefined ? undefined : this.#vendorsOf(macVendors);
    this.#dnsServer = reverseDns;
    this.#dns = reverseDns === undefined ? undefined : this.#dnsOf(reverseDns);
  }

  #hostsOf(from: string): HeldSource<HostNames> {
    const source = {
      kind: "hosts" as const,
      from,
      cacheDirectory: join(this.#stateDir, "sources"),
      parse: (bytes: Buffer) => readHosts(bytes.toString("utf8"), this.#deps.clock.nowMs()),
      entries: (names: HostNames) => names.size,
      valueOf: (names: HostNames) => names,
    };
    return heldSource(source, this.#deps, () => undefined);
  }

  #vendorsOf(from: string): HeldSource<Vendors> {
    const source = {
      kind: "mac-vendors" as const,
      from,
      cacheDirectory: join(this.#stateDir, "sources"),
      parse: (bytes: Buffer) => readVendors(bytes.toString("utf8")),
      entries: (vendors: Vendors) => vendors.size,
      valueOf: (vendors: Vendors) => vendors,
    };
    return heldSource(source, this.#deps, () => undefined);
  }

  #dnsOf(server: string): ReverseDns {
    return new ReverseDns(server, () => this.#deps.clock.nowMs());
  }

  get #sources(): readonly HeldSource<unknown>[] {
    return [...this.#hosts, ...(this.#vendors === undefined ? [] : [this.#vendors])];
  }

  async start(): Promise<void> {
    this.#dns?.start();
    await startSources(this.#sources);
  }

  /**
   * Reads what other settings name, while answers have the names that there are. What both name is kept.
   * @throws NamesError for a file that cannot be read
   */
  async prepare({ hosts = [], macVendors, reverseDns }: Omit<ServedConfig, "stateDir">): Promise<PreparedChange> {
    const nextHosts = hosts.map((from) => this.#hosts.find((held) => held.from === from) ?? this.#hostsOf(from));
    const nextVendors =
      macVendors === undefined
        ? undefined
        : this.#vendors?.from === macVendors
          ? this.#vendors
          : this.#vendorsOf(macVendors);
    const after = [...nextHosts, ...(nextVendors === undefined ? [] : [nextVendors])];
    const { discard, stopOld } = await readOthers(this.#sources, after);
    return {
      discard,
      apply: () => {
        this.#hosts = nextHosts;
        this.#vendors = nextVendors;
        if (reverseDns !== this.#dnsServer) {
          this.#dns?.stop();
          this.#dns = reverseDns === undefined ? undefined : this.#dnsOf(reverseDns);
          this.#dns?.start();
          this.#dnsServer = reverseDns;
        }
        return stopOld();
      },
    };
  }

  async stop(): Promise<void> {
    this.#dns?.stop();
    await stopSources(this.#sources);
  }

  /** The names that there are now. */
  tables(): NameTables {
    const vendors = this.#vendors?.value;
    return {
      ...this.#ids(),
      as: this.#ases(),
      host: { name: this.#hostNames() },
      ...(vendors === undefined ? {} : { vendor: { name: vendors } }),
    };
  }

  /** Names of hosts by address, as there are now; null without a source of them. */
  hostNames(): HostNames | null {
    return this.#dns === undefined && this.#hosts.length === 0 ? null : this.#hostNames();
  }

  /** Addresses that an answer had: their names are looked for. */
  want(addresses: Iterable<string>): void {
    const dns = this.#dns;
    if (dns === undefined) return;
    const known = this.#hostNames();
    const names = dns.names();
    dns.want([...addresses].filter((address) => !known.has(address) || names.has(address)));
  }

  get wants(): boolean {
    return this.#dns !== undefined;
  }

  status(): readonly SourceStatus[] {
    return [
      ...this.#sources.map(({ source }) => source.status()),
      ...(this.#dns === undefined ? [] : [this.#dns.status()]),
    ];
  }

  /** Files before DNS; the same object as long as no source changed. */
  #hostNames(): HostNames {
    const of = [...this.#hosts.map(({ value }) => value), this.#dns?.names()];
    if (
      this.#merged === undefined ||
      of.some((each, i) => each !== this.#merged!.of[i]) ||
      of.length !== this.#merged.of.length
    ) {
      const names = new Map<string, string>();
      for (const source of of)
        for (const [address, name] of source ?? []) if (!names.has(address)) names.set(address, name);
      this.#merged = { of, names };
    }
    return this.#merged.names;
  }
}
