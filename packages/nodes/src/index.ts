export { eiface } from "./eiface/eiface.ts";
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
export { ksocket } from "./ksocket/ksocket.ts";
export { openNetworkSocket } from "./ksocket/open-socket.ts";
export {
  type AsTable,
  type FlowEngine,
  NETFLOW_DEFAULTS,
  type NetflowConfig,
  netflowType,
  type Profile,
  readAsTable,
} from "./netflow/index.ts";
export { NODE_TYPES, nodeTypes, type NodeTypeParts } from "./node-types.ts";
