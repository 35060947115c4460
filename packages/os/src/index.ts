export { type BpfInstruction } from "./filter/bpf-instruction.ts";
export { attachProgram, type Instruction, loadPage, loadProgram, ProgramPage } from "./filter/ebpf.ts";
export { compileFileFilter, compileFilter } from "./filter/libpcap.ts";
export {
  instructionsOf,
  LONGEST_FILTER,
  parseSocketFilter,
  socketFilterOf,
  type LinkFilter,
  type SocketFilter,
} from "./filter/socket-filter.ts";
export { isClockSynchronised } from "./clock.ts";
export { type FileLock, lockFile, lockHolder } from "./file-lock.ts";
export { adviseHugePages } from "./huge-pages.ts";
export { releaseCode } from "./release-code.ts";
export { setMacAddress } from "./interface/interface-address.ts";
export { followInterfaceNames, type InterfaceNames } from "./interface/interface-names.ts";
export {
  ARPHRD_ETHER,
  carriesEveryDefaultRoute,
  listInterfaces,
  defaultRouteInterface,
  framesOnInterface,
  readInterface,
  isHardware,
  linkTypeOf,
  type InterfaceInfo,
} from "./interface/interfaces.ts";
export { watchLinks } from "./interface/link-events.ts";
export { Tap, type TapKind } from "./interface/tap.ts";
export { hasLibc, libc, type PollHandle, type Libc } from "./libc.ts";
export { ServiceSocket } from "./service-socket.ts";
export { KernelError, toFreebsdErrno } from "./linux-errno.ts";
export { hasCapability, type CapabilityName } from "./privilege/capability.ts";
export { childEnd, type ChildEnd } from "./privilege/child-end.ts";
export { confine, dropThreadCapabilities, type Restart } from "./privilege/confine.ts";
export { initGroups, setGroups } from "./privilege/identity.ts";
export { signalAtParentEnd } from "./privilege/parent-end.ts";
export {
  declareOffloadHeaders,
  FrameSlots,
  hasOffloadHeaders,
  hasUnfinishedChecksum,
  keepOffloadHeader,
} from "./ring/frame-slots.ts";
export { OFFLOAD_HEADER_BYTES } from "./ring/offload-header.ts";
export { PacketRing, type PacketRingOptions, type PacketRingSink, type PacketRingStats } from "./ring/packet-ring.ts";
export { PACKET_MR_MULTICAST, PACKET_MR_PROMISC, PacketSocket } from "./ring/packet-socket.ts";
export { openKernelRoutes, type KernelRoutes } from "./route/kernel-routes.ts";
export { PrefixMap } from "./route/prefix-map.ts";
export { NO_ROUTES, Route, staticRoutes, type RouteTable, type StaticRoute } from "./route/routes.ts";
export { ConnectionSocket } from "./socket/connection-socket.ts";
export {
  type DatagramSocketStats,
  type SocketOption,
  type DatagramSocket,
  type OpenDatagramSocket,
  NO_DATAGRAMS,
} from "./socket/datagram-socket.ts";
export { MessageSocket } from "./socket/message-socket.ts";
export { openDatagramSocket } from "./socket/open-datagram-socket.ts";
export { peerCredentials, type PeerCredentials } from "./socket/peer-credentials.ts";
export { fromLinuxAddress, toLinuxAddress, type SocketAddress } from "./socket/socket-address.ts";
export { AF_INET, AF_INET6, AF_UNIX } from "./socket/socket-descriptor.ts";
export { WRITE_QUEUE_PACKETS } from "./socket/write-queue.ts";
export { PrefixRoutes } from "./route/prefix-routes.ts";
