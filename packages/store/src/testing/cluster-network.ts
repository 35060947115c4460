import { execFileSync } from "node:child_process";
import type { Places } from "./old-cluster.ts";

/** Address of the process that makes the network, and of what else runs where it does. */
const HERE = "10.77.1.1";
const WIDTH = 24;
const BRIDGE = "ngflow-hub";

/** Hosts of a cluster, each a network namespace of its own, on a bridge of this process. */
export interface ClusterNetwork {
  readonly placeOf: Places;
  /** Takes the cable of one host away: it reaches nobody, and nobody reaches it; what is sent is dropped in silence. */
  unplug(name: string): void;
  /** These hosts do not reach each other; all of them still reach the others and this process. */
  part(names: readonly string[]): void;
  /** Everybody reaches everybody again. */
  heal(): void;
}

/**
 * Only for a process with a network of its own (`unshare --net`), which is all that removes what is made here.
 * @throws Error without the right to do so
 */
export function makeClusterNetwork(names: readonly string[]): ClusterNetwork {
  const ip = (...words: string[]): void => void execFileSync("ip", words);
  const cableOf = (name: string): string => `to-${name}`;
  const addressOf = (name: string): string => `10.77.1.${names.indexOf(name) + 2}`;
  ip("link", "add", BRIDGE, "type", "bridge");
  ip("address", "add", `${HERE}/${WIDTH}`, "dev", BRIDGE);
  ip("link", "set", BRIDGE, "up");
  for (const name of names) {
    ip("netns", "add", name);
    ip("link", "add", cableOf(name), "type", "veth", "peer", "name", "eth0", "netns", name);
    ip("link", "set", cableOf(name), "master", BRIDGE, "up");
    ip("-n", name, "address", "add", `${addressOf(name)}/${WIDTH}`, "dev", "eth0");
    for (const device of ["lo", "eth0"]) ip("-n", name, "link", "set", device, "up");
  }
  const isolate = (name: string, how: "on" | "off"): void =>
    ip("link", "set", cableOf(name), "type", "bridge_slave", "isolated", how);
  return {
    placeOf: (name) => ({ address: addressOf(name), enter: ["ip", "netns", "exec", name] }),
    unplug: (name) => ip("link", "set", cableOf(name), "down"),
    part: (some) => some.forEach((name) => isolate(name, "on")),
    heal: () => {
      for (const name of names) {
        isolate(name, "off");
        ip("link", "set", cableOf(name), "up");
      }
    },
  };
}
