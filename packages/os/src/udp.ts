export { KernelError } from "./linux-errno.ts";
export type { DatagramSocket, DatagramSocketStats } from "./socket/datagram-socket.ts";
export { openDatagramSocket } from "./socket/open-datagram-socket.ts";
export type { SocketAddress } from "./socket/socket-address.ts";
export { canReceiveBatches, DatagramReceiver, RECEIVE_DATAGRAMS, RECEIVER_BYTES } from "./socket/datagram-receiver.ts";
export { SocketWait, WakeUp } from "./socket/socket-wait.ts";
export { SpoofingSocket } from "./socket/spoofing-socket.ts";
export { UdpPort } from "./socket/udp-port.ts";
export { adviseHugePages } from "./huge-pages.ts";
