import { readFile } from "node:fs/promises";
import { isMappedIpv4, parseIp, u32be } from "@ngflow/base";
import { NamesError } from "./errors.ts";
import { readHosts } from "./hosts/read-hosts.ts";
import { asOf, placeOf } from "./mmdb/record-facts.ts";
import { readMmdb } from "./mmdb/read-mmdb.ts";
import { readNetworks } from "./networks/read-networks.ts";
import type { RangeTable } from "./ranges/range-table.ts";

/** Files that say what addresses are. */
export interface LookupFiles {
  readonly networks?: string | undefined;
  readonly mmdb?: readonly string[] | undefined;
  readonly hosts?: readonly string[] | undefined;
}

/** What a file says of an address. */
export interface FoundName {
  /** Path of the file. */
  readonly from: string;
  /** Texts by field, such as `site`; empty where the file does not know the address. */
  readonly facts: Readonly<Record<string, string>>;
}

/**
 * What each file says of an address. The files are read for it, without a daemon.
 * @throws NamesError for a file that cannot be read or is damaged, with its path
 */
export async function lookupAddress(
  address: Uint8Array,
  text: string,
  { networks, mmdb = [], hosts = [] }: LookupFiles,
): Promise<readonly FoundName[]> {
  const found: FoundName[] = [];
  const read = async (from: string, facts: (bytes: Buffer) => Promise<FoundName["facts"]> | FoundName["facts"]) => {
    try {
      const all = await facts(await readFile(from));
      found.push({ from, facts: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== "")) });
    } catch (cause) {
      const code = cause instanceof NamesError ? cause.code : "names-unreadable";
      throw new NamesError(code, `${from}: ${(cause as Error).message}`, { cause });
    }
  };
  if (networks !== undefined)
    await read(networks, (bytes) => {
      const known = readNetworks(bytes.toString("utf8"));
      return { ...known.networks[valueOf(known.ranges, address) - 1] };
    });
  for (const from of mmdb)
    await read(from, async (bytes) => {
      const file = await readMmdb(bytes);
      const record = file.record(valueOf(file.ranges, address));
      const as = asOf(record);
      return { as: as.number === 0 ? "" : `AS${as.number}`, asName: as.name, ...placeOf(record) };
    });
  for (const from of hosts)
    await read(from, (bytes) => ({ host: readHosts(bytes.toString("utf8"), Date.now()).get(text) ?? "" }));
  return found;
}

function valueOf(ranges: RangeTable, address: Uint8Array): number {
  const word = (i: number): number => u32be(address, 4 * i);
  return isMappedIpv4(address) ? ranges.find4(word(3)) : ranges.find6(word(0), word(1), word(2), word(3));
}

/** An address as bytes and as it is written. @throws NamesError `names-invalid` */
export function parsedAddress(text: string): Uint8Array {
  const bytes = parseIp(text);
  if (bytes === undefined)
    throw new NamesError("names-invalid", `"${text}" is not an address; use 192.0.2.1 or 2001:db8::1`);
  return bytes;
}
