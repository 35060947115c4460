// Counts what arrives on a UDP port: datagrams, flow records and their sums, from v9 and IPFIX templates. Started by
// export.mjs with an IPC channel: it reports its port, whether its socket holds all datagrams of a run, and
// totals since the latest report when asked.
import { createSocket } from "node:dgram";
import { createRequire } from "node:module";

const OCTETS = 1;
const PACKETS = 2;
const templates = new Map();
let totals = { datagrams: 0, records: 0, packets: 0, bytes: 0 };

function uint(buffer, at, length) {
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + buffer[at + i];
  return value;
}

function learn(buffer, at, end) {
  while (end - at >= 4) {
    const id = buffer.readUInt16BE(at);
    const count = buffer.readUInt16BE(at + 2);
    at += 4;
    const template = { length: 0, packetsAt: -1, packetsLength: 0, bytesAt: -1, bytesLength: 0 };
    for (let i = 0; i < count && end - at >= 4; i++, at += 4) {
      const element = buffer.readUInt16BE(at);
      const length = buffer.readUInt16BE(at + 2);
      if (element === OCTETS) Object.assign(template, { bytesAt: template.length, bytesLength: length });
      if (element === PACKETS) Object.assign(template, { packetsAt: template.length, packetsLength: length });
      template.length += length;
    }
    if (id >= 256) templates.set(id, template);
  }
}

function count(buffer) {
  totals.datagrams++;
  const version = buffer.readUInt16BE(0);
  let at = version === 9 ? 20 : 16;
  while (buffer.length - at >= 4) {
    const id = buffer.readUInt16BE(at);
    const length = buffer.readUInt16BE(at + 2);
    if (length < 4) return;
    const end = Math.min(at + length, buffer.length);
    const template = templates.get(id);
    if (id === 0 || id === 2) learn(buffer, at + 4, end);
    else if (template !== undefined && template.packetsAt >= 0) {
      for (let r = at + 4; r + template.length <= end; r += template.length) {
        totals.records++;
        totals.packets += uint(buffer, r + template.packetsAt, template.packetsLength);
        totals.bytes += uint(buffer, r + template.bytesAt, template.bytesLength);
      }
    }
    at += length;
  }
}

const AF_INET = 2;
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
/** Port 0 of 127.0.0.1 as a `struct sockaddr_in`. */
const LOOPBACK = Uint8Array.of(AF_INET, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);

/**
 * A bound socket in which a whole cache's flush may wait, as far as the system allows: datagrams lost here would
 * spoil the comparison. Only the superuser may exceed the system's limit (SO_RCVBUFFORCE), and dgram cannot do that.
 * Undefined without Linux and glibc: the limit applies then.
 */
function largeSocket() {
  try {
    const libc = createRequire(import.meta.url)("koffi").load("libc.so.6");
    const fd = libc.func("int socket(int, int, int)")(AF_INET, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
    const size = new Uint8Array(Int32Array.of(512 << 20).buffer);
    libc.func("int setsockopt(int, int, int, void *, uint32)")(fd, SOL_SOCKET, SO_RCVBUFFORCE, size, size.length);
    libc.func("int bind(int, void *, uint32)")(fd, LOOPBACK, LOOPBACK.length);
    return fd;
  } catch {
    return undefined;
  }
}

const fd = largeSocket();
const socket = createSocket(fd === undefined ? { type: "udp4", recvBufferSize: 4 << 20 } : { type: "udp4" });
socket.on("message", count);
socket.bind(fd === undefined ? { port: 0, address: "127.0.0.1" } : { fd }, () => {
  process.send({ port: socket.address().port, holds: fd !== undefined && process.getuid() === 0 });
});
process.on("message", () => {
  // What is still in the socket's buffer is read first: it is empty when nothing has arrived for a while.
  let before = -1;
  const wait = setInterval(() => {
    if (totals.datagrams !== before) {
      before = totals.datagrams;
      return;
    }
    clearInterval(wait);
    process.send(totals);
    totals = { datagrams: 0, records: 0, packets: 0, bytes: 0 };
    templates.clear();
  }, 200);
});
process.on("disconnect", () => process.exit());
