import { join } from "node:path";
import type { NameTables } from "@ngflow/flows";
import { ReverseDns } from "./dns/reverse-dns.ts";
import { type HostNames, readHosts } from "./hosts/read-hosts.ts";
import { idReader } from "./ids/read-ids.ts";
import { AS_NAMES_FILE, IDS_FILE } from "./ingest-names.ts";
import { asNameReader } from "./read-as-names.ts";
import type { SourceStatus } from "@ngflow/flows";
import { type SourceDeps, WatchedSource } from "./sources/watched-source.ts";
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
  readonly #sources: Pick<WatchedSource<unknown>, "start" | "stop" | "check" | "status">[] = [];
  readonly #hosts: HostNames[] = [];
  readonly #hostSources: number;
  readonly #dns: ReverseDns | undefined;
  readonly #ids: ReturnType<typeof idReader>;
  readonly #ases: ReturnType<typeof asNameReader>;
  #vendors: Vendors | undefined;
  #merged: { readonly of: readonly (HostNames | undefined)[]; readonly names: HostNames } | undefined;

  constructor({ hosts = [], macVendors, reverseDns, stateDir }: ServedConfig, deps: SourceDeps) {
    this.#hostSources = hosts.length;
    this.#ids = idReader(join(stateDir, IDS_FILE));
    this.#ases = asNameReader(join(stateDir, AS_NAMES_FILE));
    const cacheDirectory = join(stateDir, "sources");
    for (const [i, from] of hosts.entries()) {
      const source = {
        kind: "hosts" as const,
        from,
        cacheDirectory,
        parse: (bytes: Buffer) => readHosts(bytes.toString("utf8"), deps.clock.nowMs()),
        entries: (names: HostNames) => names.size,
        use: (names: HostNames) => void (this.#hosts[i] = names),
      };
      this.#sources.push(new WatchedSource(source, deps));
    }
    if (macVendors !== undefined) {
      const source = {
        kind: "mac-vendors" as const,
        from: macVendors,
        cacheDirectory,
        parse: (bytes: Buffer) => readVendors(bytes.toString("utf8")),
        entries: (vendors: Vendors) => vendors.size,
        use: (vendors: Vendors) => void (this.#vendors = vendors),
      };
      this.#sources.push(new WatchedSource(source, deps));
    }
    if (reverseDns !== undefined) this.#dns = new ReverseDns(reverseDns, () => deps.clock.nowMs());
  }

  async start(): Promise<void> {
    this.#dns?.start();
    await Promise.all(this.#sources.map((source) => source.start()));
  }

  async stop(): Promise<void> {
    this.#dns?.stop();
    await Promise.all(this.#sources.map((source) => source.stop()));
  }

  /** The names that there are now. */
  tables(): NameTables {
    const vendors = this.#vendors;
    return {
      ...this.#ids(),
      as: this.#ases(),
      host: { name: this.#hostNames() },
      ...(vendors === undefined ? {} : { vendor: { name: vendors } }),
    };
  }

  /** Names of hosts by address, as there are now; null without a source of them. */
  hostNames(): HostNames | null {
    return this.#dns === undefined && this.#hostSources === 0 ? null : this.#hostNames();
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
      ...this.#sources.map((source) => source.status()),
      ...(this.#dns === undefined ? [] : [this.#dns.status()]),
    ];
  }

  /** Files before DNS; the same object as long as no source changed. */
  #hostNames(): HostNames {
    const of = [...this.#hosts, this.#dns?.names()];
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
