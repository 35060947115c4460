// Sends streams of datagrams at their rates, with sendmmsg(2). Each datagram has a source address of its own, of 127/8,
// without a socket for each.
// Usage: node send.mjs STREAMS, in JSON: [{ kind, to: PORT, from?, rate, datagrams, delayMs?, …settings of the kind }]
// Prints "ready", and at the end a line of JSON for each stream: { kind, datagrams, records, firstId }.
import koffi from "koffi";
import { addressNumber, KINDS } from "./datagrams.mjs";

const BATCH = 64;
/** Room of a datagram: the largest that UDP over IPv4 carries is 65,507 bytes. */
const SLOT = 65_536;
const HEADER = 64;
const VECTOR = 16;
const NAME = 16;
const CONTROL = 32;
/** Headers, vectors, receivers and control messages of a batch, then its datagrams. */
const VECTORS_AT = BATCH * HEADER;
const NAMES_AT = VECTORS_AT + BATCH * VECTOR;
const CONTROLS_AT = NAMES_AT + BATCH * NAME;
const DATA_AT = CONTROLS_AT + BATCH * CONTROL;
const SIZE = DATA_AT + BATCH * SLOT;

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
const SO_SNDBUFFORCE = 32;
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;

const libc = koffi.load("libc.so.6");
const socket = libc.func("int socket(int, int, int)");
const setsockopt = libc.func("int setsockopt(int, int, int, void *, uint32)");
const sendmmsg = libc.func("int sendmmsg(int, uintptr_t, unsigned int, int)");
const mmap = libc.func("uintptr_t mmap(void *, size_t, int, int, int, int64_t)");

const fd = socket(AF_INET, SOCK_DGRAM, 0);
setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, new Uint8Array(Int32Array.of(4 << 20).buffer), 4);

/** Memory of one batch: its address, and views of it. */
function makeBatch(port) {
  const base = BigInt(mmap(null, SIZE, 3, 0x22, -1, 0));
  const memory = koffi.view(base, SIZE);
  const view = new DataView(memory);
  for (let i = 0; i < BATCH; i++) {
    const header = i * HEADER;
    const vector = VECTORS_AT + i * VECTOR;
    const name = NAMES_AT + i * NAME;
    const control = CONTROLS_AT + i * CONTROL;
    view.setBigUint64(header, base + BigInt(name), true);
    view.setUint32(header + 8, NAME, true);
    view.setBigUint64(header + 16, base + BigInt(vector), true);
    view.setBigUint64(header + 24, 1n, true);
    view.setBigUint64(header + 32, base + BigInt(control), true);
    view.setBigUint64(header + 40, BigInt(CONTROL), true);
    view.setBigUint64(vector, base + BigInt(DATA_AT + i * SLOT), true);
    view.setUint16(name, AF_INET, true);
    view.setUint16(name + 2, port);
    view.setUint32(name + 4, addressNumber("127.0.0.1"));
    // struct cmsghdr, then struct in_pktinfo, whose second member is the source address (ip(7)).
    view.setBigUint64(control, 28n, true);
    view.setInt32(control + 8, IPPROTO_IP, true);
    view.setInt32(control + 12, IP_PKTINFO, true);
  }
  return { base, view, bytes: new Uint8Array(memory) };
}

const streams = JSON.parse(process.argv[2]).map((settings) => ({
  settings,
  kind: KINDS[settings.kind](settings),
  batch: makeBatch(settings.to),
  sent: 0,
  records: 0,
}));

/** Sends the next datagrams of a stream, at most `count`. */
function send(stream, count) {
  const { batch, kind, settings } = stream;
  const n = Math.min(count, BATCH, settings.datagrams - stream.sent);
  for (let i = 0; i < n; i++) {
    const number = stream.sent + i;
    const length = kind.fill(batch.bytes, batch.view, DATA_AT + i * SLOT, number);
    batch.view.setUint32(VECTORS_AT + i * VECTOR + 8, length, true);
    batch.view.setUint32(CONTROLS_AT + i * CONTROL + 20, kind.source(number));
    stream.records += kind.records(number);
  }
  for (let done = 0; done < n;) {
    const taken = sendmmsg(fd, Number(batch.base) + done * HEADER, n - done, 0);
    if (taken < 0) throw new Error(`sendmmsg: errno ${koffi.errno()}`);
    done += taken;
  }
  stream.sent += n;
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));
const startMs = performance.now();
process.stdout.write("ready\n");
for (;;) {
  const nowMs = performance.now() - startMs;
  let open = false;
  let busy = false;
  for (const stream of streams) {
    const { rate, delayMs = 0, datagrams } = stream.settings;
    if (stream.sent >= datagrams) continue;
    open = true;
    const due = Math.min(datagrams, Math.floor(((nowMs - delayMs) / 1000) * rate) + (nowMs >= delayMs ? 1 : 0));
    if (due > stream.sent) {
      send(stream, due - stream.sent);
      busy ||= due - stream.sent > BATCH;
    }
  }
  if (!open) break;
  if (!busy) Atomics.wait(sleeper, 0, 0, 1);
}
for (const { settings, sent, records } of streams) {
  process.stdout.write(`${JSON.stringify({ kind: settings.kind, datagrams: sent, records })}\n`);
}
