import { formatIp, parseIp } from "@ngflow/base";
import { NamesError } from "../errors.ts";
import { readCsv } from "../networks/read-csv.ts";
import { nameText } from "../text.ts";

/** Names by address, as `formatIp` writes it. */
export type HostNames = ReadonlyMap<string, string>;

/** Most hosts of a file. */
export const MAX_HOSTS = 200_000;

const LEASE = /^\s*lease\s+[0-9a-fA-F.:]+\s*\{/m;
const DNSMASQ = /^(\d+) (\S+) (\S+) (\S+) \S+$/;
const KEA_DECLINED = "1";

/**
 * Names of hosts from a hosts file, or from the leases of dnsmasq, ISC dhcpd or Kea (CSV); what it is shows in the
 * text. Leases that ended before `nowMs` are left out, and so are names that are not there.
 *
 * @throws NamesError `names-invalid`
 */
export function readHosts(text: string, nowMs: number): HostNames {
  const hosts = new Map<string, string>();
  const first = text.split("\n").find((line) => line.trim() !== "" && !line.startsWith("#")) ?? "";
  const entries = first.startsWith("address,")
    ? keaLeases(text, nowMs)
    : LEASE.test(text)
      ? dhcpdLeases(text, nowMs)
      : DNSMASQ.test(first.trim()) || first.startsWith("duid ")
        ? dnsmasqLeases(text, nowMs)
        : hostsLines(text);
  for (const { address, name } of entries) {
    const bytes = parseIp(address);
    if (bytes === undefined) continue;
    if (hosts.size >= MAX_HOSTS) throw new NamesError("names-invalid", `more than ${MAX_HOSTS} hosts`);
    const shown = nameText(name.replace(/\.$/, ""));
    if (shown === "") hosts.delete(formatIp(bytes));
    else hosts.set(formatIp(bytes), shown);
  }
  return hosts;
}

interface Entry {
  readonly address: string;
  /** Empty where the host has none now. */
  readonly name: string;
}

/** `ADDRESS NAME ALIAS… # comment`; the first line of an address holds, as for the resolver. */
function* hostsLines(text: string): Generator<Entry> {
  const seen = new Set<string>();
  for (const [i, line] of text.split("\n").entries()) {
    const [address = "", name = ""] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (address === "") continue;
    if (parseIp(address.replace(/%.*$/, "")) === undefined || name === "")
      throw new NamesError("names-invalid", `line ${i + 1}: expected an address and a name`);
    if (!seen.has(address)) yield { address: address.replace(/%.*$/, ""), name };
    seen.add(address);
  }
}

/** `EXPIRY MAC ADDRESS NAME CLIENT-ID`: dnsmasq's leases; expiry 0 is never, `*` is no name. */
function* dnsmasqLeases(text: string, nowMs: number): Generator<Entry> {
  for (const line of text.split("\n")) {
    const [, expiry, , address, name] = DNSMASQ.exec(line.trim()) ?? [];
    if (address === undefined) continue;
    const isOver = Number(expiry) !== 0 && Number(expiry) * 1000 < nowMs;
    yield { address, name: isOver || name === "*" ? "" : name! };
  }
}

/** Blocks of dhcpd.leases(5); a later one of an address replaces it. */
function* dhcpdLeases(text: string, nowMs: number): Generator<Entry> {
  for (const [, address = "", body = ""] of text.matchAll(/^\s*lease\s+([0-9a-fA-F.:]+)\s*\{([^}]*)\}/gm)) {
    const [, name = ""] = /client-hostname\s+"([^"]*)"/.exec(body) ?? [];
    const [, state = "active"] = /^\s*binding state\s+(\w+)/m.exec(body) ?? [];
    const [, ends] = /^\s*ends\s+\d\s+([\d/]+ [\d:]+)/m.exec(body) ?? [];
    const endMs = ends === undefined ? Number.POSITIVE_INFINITY : Date.parse(`${ends.replaceAll("/", "-")}Z`);
    yield { address, name: state === "active" && !(endMs < nowMs) ? name : "" };
  }
}

/** Kea's lease file: a later line of an address replaces it. */
function* keaLeases(text: string, nowMs: number): Generator<Entry> {
  const fail = (line: number, fault: string): never => {
    throw new NamesError("names-invalid", `line ${line}: ${fault}`);
  };
  for (const { fields } of readCsv(text, fail)) {
    const { address = "", hostname = "", expire = "", state = "0", valid_lifetime: lifetime = "" } = fields;
    const isOver = Number(expire) * 1000 < nowMs || lifetime === "0" || state === KEA_DECLINED;
    yield { address, name: isOver ? "" : hostname };
  }
}
