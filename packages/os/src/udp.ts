export type { DatagramSocket, DatagramSocketStats } from "./socket/datagram-socket.ts";
export { openDatagramSocket } from "./socket/open-datagram-socket.ts";
export type { SocketAddress } from "./socket/socket-address.ts";
