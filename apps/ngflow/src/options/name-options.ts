import { existsSync } from "node:fs";
import { isIP } from "node:net";
import { InvalidArgumentError, Option } from "commander";
import type { ServedConfig } from "@ngflow/names";
import { collect } from "./options.ts";

/** Options of the commands that answer queries: what is shown for addresses. */
export interface NameOptions {
  readonly hosts?: readonly string[] | undefined;
  readonly macVendors?: string | undefined;
  readonly reverseDns?: string | undefined;
}

export type NameSettings = Omit<ServedConfig, "stateDir">;

export const nameOptions = (): Option[] => [
  new Option(
    "--hosts <file>",
    "hosts file, or leases of dnsmasq, dhcpd or Kea, or a URL, with names of hosts (repeatable; the first wins)",
  ).argParser(collect),
  new Option("--mac-vendors <file>", "oui.csv or oui.txt of IEEE, or manuf of Wireshark, or a URL: MAC vendors"),
  new Option(
    "--reverse-dns <server>",
    "ask this DNS server for names of addresses in answers: ADDRESS, ADDRESS:PORT, or system (default: none)",
  ).argParser(parseServer),
];

function parseServer(text: string): string {
  if (text === "system" || isIP(text) !== 0) return text;
  const [, address = "", port = ""] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(text) ?? [];
  if (isIP(address) !== 0 && Number(port) > 0 && Number(port) < 65_536) return text;
  throw new InvalidArgumentError(
    `"${text}" is not a DNS server; use 192.0.2.53, 192.0.2.53:5353, [2001:db8::53]:53 or system`,
  );
}

/** What the options say. */
export function nameSettings({ hosts, macVendors, reverseDns }: NameOptions): NameSettings {
  return { hosts: hosts ?? [], macVendors, reverseDns: reverseDns === undefined ? undefined : parseServer(reverseDns) };
}

/** The files of the options, for the rights that a daemon keeps. */
export function nameFiles({ hosts = [], macVendors }: NameOptions): string[] {
  return [...hosts, macVendors].filter((from) => from !== undefined).filter((from) => existsSync(from));
}
