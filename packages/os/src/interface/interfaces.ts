import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { LINK_ETHERNET, LINK_RAW } from "@ngflow/base";

/** Type of interfaces whose frames begin with a 14-byte Ethernet header (linux/if_arp.h). */
export const ARPHRD_ETHER = 1;

/**
 * Types of interfaces whose packets begin with the IP header: none (tun, WireGuard), PPP, raw IP, and the tunnels of IP
 * in IP (linux/if_arp.h).
 */
const RAW_TYPES: ReadonlySet<number> = new Set([0xfffe, 512, 519, 768, 769, 776]);

/** What the packets of an interface begin with: LINK_ETHERNET or LINK_RAW of `@ngflow/base`. */
export function linkTypeOf({ type }: Pick<InterfaceInfo, "type">): number {
  return RAW_TYPES.has(type) ? LINK_RAW : LINK_ETHERNET;
}

const IFF_UP = 0x1;
const RTF_UP = 0x1;
const RTF_REJECT = 0x200;

/** One network interface of this network namespace, as the kernel describes it now. */
export interface InterfaceInfo {
  readonly name: string;
  readonly index: number;
  /** Six bytes; zeros where the interface has no Ethernet address. */
  readonly mac: Uint8Array;
  /** Administratively up (IFF_UP). */
  readonly up: boolean;
  /** Whether the link is there; false while the interface is down. */
  readonly carrier: boolean;
  /** ARPHRD number. */
  readonly type: number;
  readonly mtu: number;
}

const SYS = "/sys/class/net";
/** Prefix of the links to the interfaces below one. */
const LOWER = "lower_";

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1").trim();
  } catch {
    return undefined;
  }
}

/** The interface of that name; undefined when there is none. */
export function readInterface(name: string, root = SYS): InterfaceInfo | undefined {
  if (name === "" || name.includes("/") || name === "." || name === "..") return undefined;
  const index = readText(`${root}/${name}/ifindex`);
  const flags = readText(`${root}/${name}/flags`);
  if (index === undefined || flags === undefined) return undefined;
  const mac = new Uint8Array(6);
  const groups = (readText(`${root}/${name}/address`) ?? "").split(":");
  if (groups.length === 6) for (let i = 0; i < 6; i++) mac[i] = Number.parseInt(groups[i]!, 16);
  return {
    name,
    index: Number(index),
    mac,
    up: (Number(flags) & IFF_UP) !== 0,
    carrier: readText(`${root}/${name}/carrier`) === "1",
    type: Number(readText(`${root}/${name}/type`) ?? "0"),
    mtu: Number(readText(`${root}/${name}/mtu`) ?? "0"),
  };
}

/** Buses between a virtual machine and its host: they carry frames as they are, as a virtual cable does. */
const PARAVIRTUAL = new Set(["virtio", "xen", "vmbus"]);
/** Interfaces over interfaces that are followed down to the lowest. */
const DEPTH_MAX = 8;

/**
 * Whether hardware sends and receives the frames of an interface: its own, or that of an interface below it (a VLAN's,
 * a bond's, a bridge's). Others, such as virtual cables and those of virtual machines, hand frames on as they are.
 */
export function isHardware(name: string, root = SYS, depth = DEPTH_MAX): boolean {
  let entries: string[];
  try {
    entries = readdirSync(`${root}/${name}`);
  } catch {
    return false;
  }
  if (entries.includes("device")) return !PARAVIRTUAL.has(busOf(`${root}/${name}/device`));
  const lower = entries.filter((entry) => entry.startsWith(LOWER)).map((entry) => entry.slice(LOWER.length));
  return depth > 0 && lower.some((below) => isHardware(below, root, depth - 1));
}

/** Name of the bus that a device is on, "" where that is unknown. */
function busOf(device: string): string {
  try {
    return basename(readlinkSync(`${device}/subsystem`));
  } catch {
    return "";
  }
}

/** All interfaces, by index; empty where there is no /sys. */
export function listInterfaces(root = SYS): InterfaceInfo[] {
  let names: string[];
  try {
    names = readdirSync(root);
  } catch {
    return [];
  }
  const all = names.map((name) => readInterface(name, root)).filter((info) => info !== undefined);
  return all.sort((a, b) => a.index - b.index);
}

/** Names of the interfaces of IPv4 default routes, the one with the lowest metric first, in a /proc/net/route text. */
export function defaultRoutesOf(ipv4Routes: string): string[] {
  return byMetric(
    ipv4Routes.split("\n").slice(1),
    (f) => f[1] === "00000000" && f[7] === "00000000" && (Number.parseInt(f[3]!, 16) & RTF_UP) !== 0,
    (f) => [f[0]!, Number(f[6])],
  );
}

/** The same for a /proc/net/ipv6_route text; unreachable defaults do not count. */
export function defaultRoutesOfIpv6(ipv6Routes: string): string[] {
  const none = "0".repeat(32);
  return byMetric(
    ipv6Routes.split("\n"),
    (f) => {
      const flags = Number.parseInt(f[8] ?? "0", 16);
      return f[0] === none && f[1] === "00" && (flags & RTF_UP) !== 0 && (flags & RTF_REJECT) === 0 && f[9] !== "lo";
    },
    (f) => [f[9]!, Number.parseInt(f[5]!, 16)],
  );
}

function byMetric(
  lines: readonly string[],
  matches: (fields: string[]) => boolean,
  pick: (fields: string[]) => [name: string, metric: number],
): string[] {
  const fields = lines.map((line) => line.trim().split(/\s+/)).filter((f) => f.length >= 8 && matches(f));
  return fields
    .map(pick)
    .toSorted(([, a], [, b]) => a - b)
    .map(([name]) => name);
}

function ipv4DefaultRoutes(): string[] {
  return defaultRoutesOf(readText("/proc/net/route") ?? "");
}

function ipv6DefaultRoutes(): string[] {
  return defaultRoutesOfIpv6(readText("/proc/net/ipv6_route") ?? "");
}

/** The interface that leads to other networks: that of the IPv4 default route, else of the IPv6 one. */
export function defaultRouteInterface(): string | undefined {
  return ipv4DefaultRoutes()[0] ?? ipv6DefaultRoutes()[0];
}

/** Whether all default routes of IPv4, or all of IPv6, lead over this interface: cutting it may cut its user off. */
export function carriesEveryDefaultRoute(name: string): boolean {
  return [ipv4DefaultRoutes(), ipv6DefaultRoutes()].some(
    (routes) => routes.length > 0 && routes.every((route) => route === name),
  );
}
