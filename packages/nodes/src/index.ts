import type { NodeType } from "@ngflow/graph";
import { bpf } from "./bpf/bpf.ts";
import { bridge } from "./bridge/bridge.ts";
import { echo } from "./echo/echo.ts";
import { eiface } from "./eiface/eiface.ts";
import { ether } from "./ether/ether.ts";
import { hole } from "./hole/hole.ts";
import { hub } from "./hub/hub.ts";
import { ksocket } from "./ksocket/ksocket.ts";
import { netflow } from "./netflow/netflow.ts";
import { one2many } from "./one2many/one2many.ts";
import { pipe } from "./pipe/pipe.ts";
import { source } from "./source/source.ts";
import { split } from "./split/split.ts";
import { tee } from "./tee/tee.ts";

export { createEifaceType, eiface } from "./eiface/eiface.ts";
export type { HostInterface } from "./eiface/host-interface.ts";
export { SimulatedHost } from "./eiface/simulated-host.ts";
export { type AttachedEther, attachEther } from "./ether/attach-ether.ts";
export { ether } from "./ether/ether.ts";
export type { EtherInterface, EtherInterfaceStats, EtherSink } from "./ether/ether-interface.ts";
export { LinuxInterface, type LinuxInterfaceEvents } from "./ether/linux-interface.ts";
export { etherNodeName } from "./ether/node-name.ts";
export { type SimulatedEnds, SimulatedInterface } from "./ether/simulated-interface.ts";
export { type InterfaceWatch, watchInterfaces, type WatchInterfacesOptions } from "./ether/watch-interfaces.ts";
export type { AcceptedSocket, HostSocket, OpenHostSocket, SocketKind } from "./ksocket/host-socket.ts";
export { createKsocketType, ksocket } from "./ksocket/ksocket.ts";
export {
  type AsTable,
  type FlowEngine,
  NETFLOW_DEFAULTS,
  type NetflowConfig,
  netflowType,
  type Profile,
  readAsTable,
} from "./netflow/index.ts";

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
  pipe,
  source,
];
