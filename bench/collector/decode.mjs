// Records per second of CPU time of the collector's decoder: the datagrams of each stream of bench/collect/streams.mjs
// from one block of memory into a FlowBatch, one thread, no sockets, and a sink that takes everything. The function of
// a template (compiled) and its plan (steps) in turns; the medians count. Then the mix of templates next to one stream
// with sets and datagrams of as many records (even), and next to its own templates one at a time (apart). Exits with 1
// if v9 is decoded at less than 8 M records/s or the mix costs more than 1.5 times what its templates cost apart.
// Usage: node bench/collector/decode.mjs [--seconds N] [--streams v5,mix] [--ways compiled] [--rows N] [--report]
import { parseArgs } from "node:util";
import { createCollector } from "@ngflow/collector";
import { APART, openExporter, STREAMS, streamOf } from "../collect/streams.mjs";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "0.3" },
    streams: { type: "string", default: Object.keys(STREAMS).join(",") },
    ways: { type: "string", default: "compiled,steps" },
    rows: { type: "string" },
    report: { type: "boolean" },
  },
});
const ROUNDS = 7;
const BAR = 8e6;
const MIX_BAR = 1.5;
const DATAGRAMS = 64;
/** Soon, as the time after it counts. */
const COMPILE_AFTER = 4096;

/** A collector with a stream's datagrams, which `round` decodes once. */
function prepare(stream, compileAfter) {
  let rows = 0;
  let nowMs = Date.now();
  const collector = createCollector(
    { compileAfter, ...(values.rows === undefined ? {} : { batchRows: Number(values.rows) }) },
    {
      sink: { write: (batch) => ((rows += batch.rows), batch.rows) },
      clock: { nowMs: () => nowMs, monotonicMs: () => performance.now() },
      log: { info() {}, warn() {}, error: console.error },
    },
  );
  const exporters = Array.from({ length: streamOf(stream).exporters }, (_, number) =>
    openExporter(stream, number, Math.max(2, Math.ceil(DATAGRAMS / streamOf(stream).exporters))),
  );
  const addressOf = ({ address }) => address.join(".");
  for (const exporter of exporters) {
    for (const bytes of exporter.templates()) collector.receive(bytes, addressOf(exporter), 2055);
  }
  const size = exporters.flatMap(({ datagrams }) => datagrams).reduce((sum, { bytes }) => sum + bytes.length, 0);
  const memory = new Uint8Array(new SharedArrayBuffer(size));
  const view = new DataView(memory.buffer);
  let at = 0;
  const all = exporters.map((exporter) => ({
    exporter,
    address: addressOf(exporter),
    datagrams: exporter.datagrams.map(({ bytes }) => {
      memory.set(bytes, at);
      at += bytes.length;
      return memory.subarray(at - bytes.length, at);
    }),
  }));
  const records = exporters.flatMap(({ datagrams }) => datagrams).reduce((sum, { ids }) => sum + ids.length, 0);
  const longest = Math.max(...all.map(({ datagrams }) => datagrams.length));
  return {
    records,
    round() {
      nowMs = Date.now();
      for (let i = 0; i < longest; i++) {
        for (const { exporter, address, datagrams } of all) {
          const bytes = datagrams[i];
          exporter.renew(view, bytes.byteOffset, i, 0);
          collector.receive(bytes, address, 2055);
        }
      }
    },
    check() {
      const { recordsDecoded, recordsCompiled, malformed, recordsLost, internalErrors } = collector.counters();
      if (rows === 0 || recordsDecoded < rows || malformed + recordsLost + internalErrors > 0) {
        throw new Error(`${stream}: the run was not clean`);
      }
      return recordsCompiled / recordsDecoded;
    },
  };
}

/** Nanoseconds of CPU time a record. */
function measure({ round, records }, seconds = Number(values.seconds)) {
  const start = process.cpuUsage();
  const end = performance.now() + seconds * 1000;
  let n = 0;
  while (performance.now() < end) {
    round();
    n += records;
  }
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / n;
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
const subjects = values.streams.split(",").flatMap((stream) =>
  values.ways.split(",").map((way) => {
    const subject = { stream, way, ...prepare(stream, way === "steps" ? Infinity : COMPILE_AFTER), times: [] };
    // Every function is compiled, and the engine has optimised it.
    for (let n = 0; n < 100_000 * streamOf(stream).templates; n += subject.records) subject.round();
    return subject;
  }),
);
for (let k = 0; k < ROUNDS; k++) {
  for (const subject of k % 2 === 0 ? subjects : subjects.toReversed()) subject.times.push(measure(subject));
}
const results = subjects.map(({ stream, way, times, check }) => {
  const nanoseconds = median(times);
  return { stream, way, recordsPerSecond: Math.round(1e9 / nanoseconds), nanoseconds, compiledShare: check() };
});
if (values.report) console.log(JSON.stringify(results));
else {
  for (const { stream, way, recordsPerSecond, nanoseconds, compiledShare } of results) {
    console.log(
      `  ${stream.padEnd(6)} ${way.padEnd(9)} ${(recordsPerSecond / 1e6).toFixed(2).padStart(6)} M records/s of CPU time` +
        `  ${nanoseconds.toFixed(0).padStart(5)} ns a record  by functions ${(100 * compiledShare).toFixed(0)} %`,
    );
  }
}
/** Nanoseconds of CPU time a record of the mix's templates, each as a stream of its own: their mean. */
function apart() {
  const subjects = Object.keys(APART).map((stream) => prepare(stream, COMPILE_AFTER));
  for (const subject of subjects) for (let n = 0; n < 100_000; n += subject.records) subject.round();
  const rounds = Array.from({ length: 3 }, () => subjects.map((subject) => measure(subject, 0.04)));
  for (const { check } of subjects) check();
  return subjects.reduce((sum, _, i) => sum + median(rounds.map((times) => times[i])), 0) / subjects.length;
}

const of = (name) => results.find(({ stream, way }) => stream === name && way === "compiled");
if (of("v9") !== undefined && of("v9").recordsPerSecond < BAR) {
  console.log(`failed: v9 is decoded at less than ${BAR / 1e6} M records/s`);
  process.exitCode = 1;
}
if (of("mix") !== undefined) {
  const { nanoseconds } = of("mix");
  for (const name of ["v9", "even"].filter((name) => of(name) !== undefined)) {
    console.log(`  the mix costs ${(nanoseconds / of(name).nanoseconds).toFixed(2)} times ${name}`);
  }
  const alone = apart();
  const times = nanoseconds / alone;
  console.log(`  the mix costs ${times.toFixed(2)} times its templates apart, ${alone.toFixed(0)} ns a record`);
  if (times > MIX_BAR) {
    console.log(`failed: more than ${MIX_BAR} times`);
    process.exitCode = 1;
  }
}
