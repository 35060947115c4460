import type { GraphSnapshot, NodeSnapshot } from "@ngflow/graph";
import { etherNodeName } from "@ngflow/nodes/ether-name";
import type { NetflowSettings } from "./settings.ts";

/** The exporter found in a graph. */
export interface ExporterState {
  readonly netflow: NodeSnapshot;
  /** Names of the interface nodes with both directions through it, in the order of slots. */
  readonly interfaces: readonly string[];
  /** The socket at `export9`. */
  readonly socket: NodeSnapshot | undefined;
}

/** The exporter that is running; undefined when no node is called netflow. */
export function exporterState({ nodes }: Pick<GraphSnapshot, "nodes">): ExporterState | undefined {
  const netflow = nodes.find((node) => node.name === "netflow");
  if (netflow === undefined) return undefined;
  const peer = (name: string, peerHook: RegExp, type: string): NodeSnapshot | undefined => {
    const hook = netflow.hooks.find((each) => each.name === name && peerHook.test(each.peerHook));
    return nodes.find((node) => node.id === hook?.peerId && node.type === type);
  };
  const interfaces = netflow.hooks
    .map(({ name }) => /^iface(\d+)$/.exec(name)?.[1])
    .filter((slot) => slot !== undefined)
    .sort((a, b) => Number(a) - Number(b))
    .flatMap((slot) => {
      const [below, above] = [
        peer(`iface${slot}`, /^(lower|divert)$/, "ether"),
        peer(`out${slot}`, /^upper$/, "ether"),
      ];
      return below?.name && below === above ? [below.name] : [];
    });
  return { netflow, interfaces, socket: peer("export9", /^/, "ksocket") };
}

/**
 * A check of the current graph: the first obstacle that would make one of the lines of `start` fail.
 *
 * @returns one line, or undefined without an obstacle.
 */
export function obstacle({ nodes }: Pick<GraphSnapshot, "nodes">, settings: NetflowSettings): string | undefined {
  for (const name of settings.interfaces) {
    const node = nodes.find((each) => each.name === etherNodeName(name) && each.type === "ether");
    if (node === undefined) {
      const there = nodes.filter((each) => each.type === "ether").map((each) => each.name);
      return noSuchInterface(name, settings, there);
    }
    const taken = node.hooks.find((hook) => ["lower", "divert", "upper"].includes(hook.name));
    if (taken !== undefined) {
      const peer = nodes.find((each) => each.id === taken.peerId);
      const peerName = peer?.name ?? `[${taken.peerId.toString(16)}]`;
      return `hook ${taken.name} of ${node.name} is connected to ${peerName} already; "ngctl shutdown ${peerName}:" frees it`;
    }
  }
  const namesake = nodes.find((each) => each.name === "netflow" || each.name === "nfsock");
  if (namesake === undefined) return undefined;
  return `another node is called ${namesake.name}; "ngctl shutdown ${namesake.name}:" removes it`;
}

/** The message for an interface that does not exist. */
export function noSuchInterface(
  name: string,
  { interfacesAt }: NetflowSettings,
  there: readonly (string | null)[],
): string {
  const list = there.length > 0 ? `the interfaces are ${there.join(", ")}` : "there are no interfaces";
  return `${interfacesAt}: no such interface: ${name}; ${list}`;
}
