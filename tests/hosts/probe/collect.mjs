// Counts UDP datagrams on an address until SIGTERM; prints a line when it listens and a line with what arrived.
// Usage: node collect.mjs ADDRESS PORT [ENCODING]; the encoding of the texts is one of Node.js's, utf8 by default.
import { createSocket } from "node:dgram";

const [address, port, encoding] = process.argv.slice(2);
const socket = createSocket({ type: address.includes(":") ? "udp6" : "udp4", recvBufferSize: 1 << 20 });
const texts = [];
socket.on("message", (bytes) => texts.push(bytes.toString(encoding)));
socket.bind(Number(port), address, () => console.log(JSON.stringify({ ready: true })));
process.once("SIGTERM", () => {
  // What the kernel holds already is read before the end.
  setTimeout(() => {
    socket.close();
    console.log(JSON.stringify({ texts }));
  }, 50);
});
