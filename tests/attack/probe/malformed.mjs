// Sends NetFlow v9 datagrams with one set whose length is less than its header (RFC 3954 §5.2).
// Usage: node malformed.mjs HOST PORT COUNT
import { createSocket } from "node:dgram";

const [host, port, count] = process.argv.slice(2);

const socket = createSocket("udp4");
for (let i = 0; i < Number(count); i++) {
  const datagram = Buffer.alloc(24);
  const header = [9, 1];
  for (const [at, word] of header.entries()) datagram.writeUInt16BE(word, 2 * at);
  datagram.writeUInt32BE(1000, 4);
  datagram.writeUInt32BE(Math.floor(Date.now() / 1000), 8);
  datagram.writeUInt32BE(i, 12);
  datagram.writeUInt16BE(256, 20);
  datagram.writeUInt16BE(3, 22);
  await new Promise((resolve, reject) => {
    socket.send(datagram, Number(port), host, (error) => (error === null ? resolve() : reject(error)));
  });
}
socket.close();
