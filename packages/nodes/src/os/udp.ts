export type { DatagramSocket, DatagramSocketStats } from "./datagram-socket.ts";
export { openDatagramSocket } from "./open-datagram-socket.ts";
export type { SocketAddress } from "./socket-address.ts";
