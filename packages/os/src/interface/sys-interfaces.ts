import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { IFF_UP, type InterfaceInfo } from "./interface-info.ts";

// Interfaces as /sys shows them. It shows those of the network namespace in which it was mounted, which may be another
// one than that of this process: `interfaces.ts` asks the kernel first.

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
export function readSysInterface(name: string, root = SYS): InterfaceInfo | undefined {
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
export function isSysHardware(name: string, root = SYS, depth = DEPTH_MAX): boolean {
  let entries: string[];
  try {
    entries = readdirSync(`${root}/${name}`);
  } catch {
    return false;
  }
  if (entries.includes("device")) return !PARAVIRTUAL.has(busOf(`${root}/${name}/device`));
  const lower = entries.filter((entry) => entry.startsWith(LOWER)).map((entry) => entry.slice(LOWER.length));
  return depth > 0 && lower.some((below) => isSysHardware(below, root, depth - 1));
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
export function listSysInterfaces(root = SYS): InterfaceInfo[] {
  let names: string[];
  try {
    names = readdirSync(root);
  } catch {
    return [];
  }
  const all = names.map((name) => readSysInterface(name, root)).filter((info) => info !== undefined);
  return all.sort((a, b) => a.index - b.index);
}
