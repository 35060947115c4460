import type { NodeType } from "@ngflow/graph";
import { bpf } from "./bpf/bpf.ts";
import { bridge } from "./bridge/bridge.ts";
import { car } from "./car/car.ts";
import { echo } from "./echo/echo.ts";
import { createEifaceType, eiface } from "./eiface/eiface.ts";
import { ether } from "./ether/ether.ts";
import type { OpenHostInterface } from "./eiface/host-interface.ts";
import { etf } from "./etf/etf.ts";
import { hole } from "./hole/hole.ts";
import { hub } from "./hub/hub.ts";
import { createIfaceType, iface } from "./iface/iface.ts";
import { createKsocketType, ksocket } from "./ksocket/ksocket.ts";
import type { OpenHostSocket } from "./ksocket/host-socket.ts";
import { netflow, type NetflowConfig, netflowType } from "./netflow/netflow.ts";
import { one2many } from "./one2many/one2many.ts";
import { patch } from "./patch/patch.ts";
import { pipe } from "./pipe/pipe.ts";
import { createSourceType, source } from "./source/source.ts";
import { split } from "./split/split.ts";
import { tag } from "./tag/tag.ts";
import { tee } from "./tee/tee.ts";
import { vlan } from "./vlan/vlan.ts";

/** Every node type of this package: the registry. Importing a module registers nothing. */
export const NODE_TYPES: readonly NodeType[] = [
  ether,
  netflow,
  ksocket,
  tee,
  hole,
  echo,
  hub,
  split,
  bridge,
  one2many,
  bpf,
  eiface,
  iface,
  pipe,
  car,
  source,
  vlan,
  etf,
  tag,
  patch,
];

/** What node types touch outside the graph, or take as settings; the defaults where it is absent. */
export interface NodeTypeParts {
  readonly netflow?: Partial<NetflowConfig>;
  readonly openInterface?: OpenHostInterface;
  readonly openSocket?: OpenHostSocket;
  readonly interfaceExists?: (name: string) => boolean;
}

/** Every node type of this package over other parts than the machine's. */
export function nodeTypes({ netflow: config, openInterface, openSocket, interfaceExists }: NodeTypeParts): NodeType[] {
  const others = new Map<NodeType, NodeType>();
  if (config !== undefined) others.set(netflow, netflowType(config));
  if (openInterface !== undefined) {
    others.set(eiface, createEifaceType(openInterface));
    others.set(iface, createIfaceType(openInterface));
  }
  if (openSocket !== undefined) others.set(ksocket, createKsocketType(openSocket));
  if (interfaceExists !== undefined) others.set(source, createSourceType(interfaceExists));
  return NODE_TYPES.map((type) => others.get(type) ?? type);
}
