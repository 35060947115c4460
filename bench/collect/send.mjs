// Sends the benchmark's datagrams to a port of 127.0.0.1, as exporters 127.0.1.1, 127.0.1.2 and so on, at an exact rate
// with sendmmsg. One argument: JSON with `port`, `exporters`, `recordsPerSecond`, `seconds`, `firstId`. Prints JSON:
// datagrams and records sent, the seconds it took, its CPU seconds so far, and the longest delay behind the rate.
import { createRequire } from "node:module";
import { DATAGRAM_BYTES, fillDatagram, RECORDS, renew, templateDatagram } from "./datagrams.mjs";

const koffi = createRequire(new URL("../../packages/os/package.json", import.meta.url))("koffi");
const { port, exporters, recordsPerSecond, seconds, firstId } = JSON.parse(process.argv[2]);

const libc = koffi.load(null);
const socketCall = libc.func("int socket(int domain, int type, int protocol)");
const bindCall = libc.func("int bind(int fd, void *address, uint32_t length)");
const connectCall = libc.func("int connect(int fd, void *address, uint32_t length)");
const sendmmsg = libc.func("int sendmmsg(int fd, uintptr_t vector, unsigned int count, int flags)");

/** Most datagrams of one call, all of one exporter. */
const BATCH = 32;
const GAP_MS = 0.25;
const MMSGHDR_BYTES = 64;
const IOVEC_BYTES = 16;
const TEMPLATE_EVERY_MS = 5000;

function ipv4(address, portNumber) {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint16(0, 2, true);
  new DataView(bytes.buffer).setUint16(2, portNumber);
  bytes.set(address, 4);
  return bytes;
}

function openExporter(number) {
  const fd = socketCall(2, 2, 0);
  const domain = number + 1;
  const refused =
    bindCall(fd, ipv4([127, 0, 1, 1 + number], 0), 16) < 0 || connectCall(fd, ipv4([127, 0, 0, 1], port), 16) < 0;
  if (refused) throw new Error(`exporter ${number}: errno ${koffi.errno()}`);
  const memory = new SharedArrayBuffer(BATCH * (MMSGHDR_BYTES + IOVEC_BYTES + DATAGRAM_BYTES + 8));
  const base = Number(koffi.address(new Uint8Array(memory)));
  const view = new DataView(memory);
  const vectors = BATCH * MMSGHDR_BYTES;
  const places = vectors + BATCH * IOVEC_BYTES;
  const offsets = [];
  for (let i = 0; i < BATCH; i++) {
    const at = places + i * DATAGRAM_BYTES;
    offsets.push(at);
    view.setBigUint64(i * MMSGHDR_BYTES + 16, BigInt(base + vectors + i * IOVEC_BYTES), true);
    view.setUint32(i * MMSGHDR_BYTES + 24, 1, true);
    view.setBigUint64(vectors + i * IOVEC_BYTES, BigInt(base + at), true);
    view.setUint32(vectors + i * IOVEC_BYTES + 8, DATAGRAM_BYTES, true);
    fillDatagram(new Uint8Array(memory, at, DATAGRAM_BYTES), domain, number * BATCH + i);
  }
  return { fd, domain, view, base, offsets, sequence: 0 };
}

const all = Array.from({ length: exporters }, (_, number) => openExporter(number));
const one = new Uint8Array(new SharedArrayBuffer(MMSGHDR_BYTES + IOVEC_BYTES + 512));

function sendTemplate(exporter) {
  const bytes = templateDatagram(exporter.domain, exporter.sequence++);
  const view = new DataView(one.buffer);
  const base = Number(koffi.address(one));
  view.setBigUint64(16, BigInt(base + MMSGHDR_BYTES), true);
  view.setUint32(24, 1, true);
  view.setBigUint64(MMSGHDR_BYTES, BigInt(base + MMSGHDR_BYTES + IOVEC_BYTES), true);
  view.setUint32(MMSGHDR_BYTES + 8, bytes.length, true);
  one.set(bytes, MMSGHDR_BYTES + IOVEC_BYTES);
  if (sendmmsg(exporter.fd, base, 1, 0) !== 1) throw new Error(`template: errno ${koffi.errno()}`);
}

/** Sends up to BATCH datagrams of an exporter with ids from `id` on. Returns how many the kernel took. */
function sendBatch(exporter, count, id) {
  for (let i = 0; i < count; i++) renew(exporter.view, exporter.offsets[i], exporter.sequence + i, id + i * RECORDS);
  const sent = sendmmsg(exporter.fd, exporter.base, count, 0);
  if (sent < 0) throw new Error(`sendmmsg: errno ${koffi.errno()}`);
  exporter.sequence += sent;
  return sent;
}

// The collector must have the templates before the data, which comes at once.
let templates = 0;
for (const exporter of all) {
  sendTemplate(exporter);
  templates++;
}
await new Promise((resolve) => setTimeout(resolve, 200));

const sleeper = new Int32Array(new SharedArrayBuffer(4));
const total = Math.round((recordsPerSecond * seconds) / RECORDS);
const startMs = performance.now();
let sent = 0;
let turn = 0;
let templateMs = startMs + TEMPLATE_EVERY_MS;
let longestDelayMs = 0;
while (sent < total) {
  const nowMs = performance.now();
  const due = Math.min(total, Math.floor(((nowMs - startMs) / 1000) * (recordsPerSecond / RECORDS)));
  longestDelayMs = Math.max(longestDelayMs, ((due - sent) * RECORDS * 1000) / recordsPerSecond);
  if (nowMs > templateMs) {
    for (const exporter of all) sendTemplate(exporter);
    templates += all.length;
    templateMs += TEMPLATE_EVERY_MS;
  }
  while (sent < due) {
    sent += sendBatch(all[turn++ % all.length], Math.min(BATCH, due - sent), firstId + sent * RECORDS);
  }
  Atomics.wait(sleeper, 0, 0, GAP_MS);
}
const { user, system } = process.cpuUsage();
console.log(
  JSON.stringify({
    datagrams: sent + templates,
    records: sent * RECORDS,
    seconds: (performance.now() - startMs) / 1000,
    cpuSeconds: (user + system) / 1e6,
    longestDelayMs: Math.round(longestDelayMs * 10) / 10,
  }),
);
