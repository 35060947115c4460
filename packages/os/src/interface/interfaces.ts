import { readFileSync } from "node:fs";
import { LINK_ETHERNET, LINK_RAW } from "@ngflow/base";
import type { InterfaceInfo } from "./interface-info.ts";
import type { Link } from "./link-messages.ts";
import { readLinks } from "./read-links.ts";
import { isSysHardware, listSysInterfaces, readSysInterface } from "./sys-interfaces.ts";

export type { InterfaceInfo } from "./interface-info.ts";

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

const RTF_UP = 0x1;
const RTF_REJECT = 0x200;

/** The interface of that name; undefined when there is none. */
export function readInterface(name: string): InterfaceInfo | undefined {
  const links = readLinks(name);
  return links === undefined ? readSysInterface(name) : infoOf(links[0]);
}

/**
 * Frames that an interface received and sent since it was made, as it counts them itself; undefined where there is no
 * such interface, or the kernel does not answer.
 */
export function framesOnInterface(name: string): number | undefined {
  const link = readLinks(name)?.[0];
  return link && link.rxPackets + link.txPackets;
}

/** All interfaces of this network namespace, by index; empty where the kernel lists none. */
export function listInterfaces(): InterfaceInfo[] {
  const links = readLinks();
  if (links === undefined) return listSysInterfaces();
  return links.flatMap((link) => infoOf(link) ?? []).sort((a, b) => a.index - b.index);
}

function infoOf(link: Link | undefined): InterfaceInfo | undefined {
  if (link === undefined) return undefined;
  const { rxPackets: _, txPackets: __, txDropped: ___, ...info } = link;
  return info;
}

/**
 * Whether hardware sends and receives the frames of an interface, see `isSysHardware`. False where `/sys` shows another
 * network namespace than that of this process: nothing is known of the interface then.
 */
export function isHardware(name: string): boolean {
  const here = readInterface(name);
  const shown = readSysInterface(name);
  if (here === undefined || shown === undefined) return false;
  return here.index === shown.index && Buffer.compare(here.mac, shown.mac) === 0 && isSysHardware(name);
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

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function ipv4DefaultRoutes(): string[] {
  return defaultRoutesOf(readText("/proc/net/route"));
}

function ipv6DefaultRoutes(): string[] {
  return defaultRoutesOfIpv6(readText("/proc/net/ipv6_route"));
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
