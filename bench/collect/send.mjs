// Sends a stream's datagrams to a port of 127.0.0.1, as exporters 127.0.1.1, 127.0.1.2 and so on, at an exact rate with
// sendmmsg. One argument: JSON with `port`, `stream`, `recordsPerSecond`, `seconds`, `firstId`. Prints JSON: datagrams
// and records sent, records of a datagram, the seconds it took, its CPU seconds so far, and the longest delay behind
// the rate.
import { createRequire } from "node:module";
import { openExporter, STREAMS } from "./streams.mjs";

const koffi = createRequire(new URL("../../packages/os/package.json", import.meta.url))("koffi");
const { port, stream, recordsPerSecond, seconds, firstId } = JSON.parse(process.argv[2]);

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

/** Memory with the headers of `count` messages of at most `bytes` bytes each. */
function openMessages(count, bytes) {
  const vectors = count * MMSGHDR_BYTES;
  const places = vectors + count * IOVEC_BYTES;
  const memory = new SharedArrayBuffer(places + count * bytes);
  const base = Number(koffi.address(new Uint8Array(memory)));
  const view = new DataView(memory);
  const offsets = Array.from({ length: count }, (_, i) => places + i * bytes);
  for (const [i, at] of offsets.entries()) {
    view.setBigUint64(i * MMSGHDR_BYTES + 16, BigInt(base + vectors + i * IOVEC_BYTES), true);
    view.setUint32(i * MMSGHDR_BYTES + 24, 1, true);
    view.setBigUint64(vectors + i * IOVEC_BYTES, BigInt(base + at), true);
  }
  const put = (i, message) => {
    new Uint8Array(memory).set(message, offsets[i]);
    view.setUint32(vectors + i * IOVEC_BYTES + 8, message.length, true);
  };
  return { base, view, offsets, put };
}

function open(number) {
  const exporter = openExporter(stream, number, BATCH);
  const fd = socketCall(2, 2, 0);
  const refused =
    bindCall(fd, ipv4(exporter.address, 0), 16) < 0 || connectCall(fd, ipv4([127, 0, 0, 1], port), 16) < 0;
  if (refused) throw new Error(`exporter ${number}: errno ${koffi.errno()}`);
  const { datagrams } = exporter;
  const messages = openMessages(BATCH, Math.max(...datagrams.map(({ bytes }) => bytes.length)));
  for (const [i, { bytes }] of datagrams.entries()) messages.put(i, bytes);
  return { exporter, fd, messages, records: datagrams[0].ids.length };
}

const all = Array.from({ length: STREAMS[stream].exporters }, (_, number) => open(number));
const one = openMessages(1, 1500);
const [{ records: RECORDS }] = all;

/** Sends the templates of an exporter. Returns how many datagrams that were. */
function sendTemplates({ exporter, fd }) {
  const templates = exporter.templates();
  for (const bytes of templates) {
    one.put(0, bytes);
    if (sendmmsg(fd, one.base, 1, 0) !== 1) throw new Error(`template: errno ${koffi.errno()}`);
  }
  return templates.length;
}

/** Sends up to BATCH datagrams of an exporter with ids from `id` on. The kernel of a loopback takes all of them. */
function sendBatch({ exporter, fd, messages }, count, id) {
  for (let i = 0; i < count; i++) exporter.renew(messages.view, messages.offsets[i], i, id + i * RECORDS);
  const sent = sendmmsg(fd, messages.base, count, 0);
  if (sent !== count) throw new Error(`sendmmsg: ${sent} of ${count} datagrams, errno ${koffi.errno()}`);
  return sent;
}

// The collector must have the templates before the data, which comes at once.
let templates = 0;
for (const each of all) templates += sendTemplates(each);
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
    for (const each of all) templates += sendTemplates(each);
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
    recordsOfDatagram: RECORDS,
    seconds: (performance.now() - startMs) / 1000,
    cpuSeconds: (user + system) / 1e6,
    longestDelayMs: Math.round(longestDelayMs * 10) / 10,
  }),
);
