// Records per second of the collector's decoder: v5 and v9 datagrams of one exporter into a FlowBatch, one thread, no
// sockets and a sink that takes everything. Usage: node bench/collector/decode.mjs [SECONDS]
import { createCollector } from "@ngflow/collector";

const seconds = Number(process.argv[2] ?? 2);

/** The 20 fields of the FreeBSD exporter's IPv4 template: 57 bytes a record, 24 records a datagram. */
const V9_FIELDS = [
  [8, 4],
  [12, 4],
  [15, 4],
  [10, 2],
  [14, 2],
  [2, 4],
  [1, 4],
  [24, 4],
  [23, 4],
  [22, 4],
  [21, 4],
  [7, 2],
  [11, 2],
  [6, 1],
  [4, 1],
  [5, 1],
  [16, 4],
  [17, 4],
  [9, 1],
  [13, 1],
];

function fill(view, from, length, seed) {
  for (let i = 0; i < length; i++) view.setUint8(from + i, (seed * 31 + i * 7) & 0xff);
}

function v9Template() {
  const b = new Uint8Array(20 + 8 + 4 * V9_FIELDS.length);
  const v = new DataView(b.buffer);
  v.setUint16(0, 9);
  v.setUint16(2, 1);
  v.setUint16(22, b.length - 20);
  v.setUint16(24, 256);
  v.setUint16(26, V9_FIELDS.length);
  V9_FIELDS.forEach(([type, length], i) => {
    v.setUint16(28 + 4 * i, type);
    v.setUint16(30 + 4 * i, length);
  });
  return b;
}

function v9Data(records, seed) {
  const set = 4 + records * 57;
  const b = new Uint8Array(20 + set + ((4 - (set % 4)) % 4));
  const v = new DataView(b.buffer);
  v.setUint16(0, 9);
  v.setUint16(2, records);
  v.setUint32(4, 3_600_000);
  v.setUint32(8, 1_700_000_000);
  v.setUint16(20, 256);
  v.setUint16(22, b.length - 20);
  for (let r = 0; r < records; r++) fill(v, 24 + 57 * r, 57, seed + r);
  return b;
}

function v5Data(records, seed) {
  const b = new Uint8Array(24 + records * 48);
  const v = new DataView(b.buffer);
  v.setUint16(0, 5);
  v.setUint16(2, records);
  v.setUint32(4, 3_600_000);
  v.setUint32(8, 1_700_000_000);
  for (let r = 0; r < records; r++) fill(v, 24 + 48 * r, 48, seed + r);
  return b;
}

function measure(name, datagrams, records, setSequence) {
  let rows = 0;
  const collector = createCollector(
    {},
    {
      sink: { write: (batch) => ((rows += batch.rows), batch.rows) },
      clock: { nowMs: () => 1_700_000_000_000, monotonicMs: () => performance.now() },
      log: { info() {}, warn() {}, error: console.error },
    },
  );
  collector.receive(v9Template(), "192.0.2.1", 2055);
  let sequence = name === "v9" ? 1 : 0;
  const round = () => {
    for (const d of datagrams) {
      new DataView(d.buffer).setUint32(setSequence, sequence >>> 0);
      collector.receive(d, "192.0.2.1", 2055);
      sequence += name === "v9" ? 1 : records;
    }
  };
  for (let i = 0; i < 200; i++) round();
  const results = [];
  for (let k = 0; k < 5; k++) {
    const start = performance.now();
    let n = 0;
    while (performance.now() - start < (seconds * 1000) / 5) {
      round();
      n += datagrams.length * records;
    }
    results.push(n / ((performance.now() - start) / 1000));
  }
  const { recordsDecoded, malformed, recordsLost } = collector.counters();
  if (rows === 0 || recordsDecoded < rows || malformed + recordsLost > 0) throw new Error("the run was not clean");
  const median = results.toSorted((a, b) => a - b)[2];
  console.log(`${name}: ${(median / 1e6).toFixed(2)} M records/s (${records} records a datagram, median of 5)`);
}

measure(
  "v9",
  Array.from({ length: 64 }, (_, i) => v9Data(24, i)),
  24,
  12,
);
measure(
  "v5",
  Array.from({ length: 64 }, (_, i) => v5Data(30, i)),
  30,
  16,
);
