// The conditions that must hold after a soak.
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const MIB = 2 ** 20;
/** Memory of a session of the collector, with its templates, sequence numbers and flows that run. */
const SESSION_BYTES = 12 * 1024;

/** What was sampled in each quarter of the time. */
function quarters(samples, durationMs, value) {
  return [0, 1, 2, 3].map((n) => samples.filter(({ atMs }) => Math.floor((atMs * 4) / durationMs) === n).map(value));
}

/** Compares memory in the last quarter of the time with that in the second. The first quarter is the warm-up. */
export function flat(samples, durationMs, tolerance) {
  const [, early, , late] = quarters(samples, durationMs, ({ bytes }) => bytes).map(median);
  const growth = late / early - 1;
  return {
    ok: growth <= tolerance,
    detail: `${(early / MIB).toFixed(1)} MiB, then ${(late / MIB).toFixed(1)} MiB: ${(growth * 100).toFixed(1)} %`,
  };
}

/**
 * Compares what a heap holds after full collections of garbage: the last one with the one in the middle, with 1 MiB to
 * spare. What a heap may take from the system between two collections is no growth.
 * @param sessions what it holds sessions of exporters for: each meter that the rewiring makes is one, up to a bound
 */
export function flatHeap(heapsMib, tolerance, sessions = 0) {
  const [early, late] = [heapsMib[heapsMib.length >> 1], heapsMib.at(-1)];
  const spareMib = 1 + (sessions * SESSION_BYTES) / MIB;
  return {
    ok: late <= early * (1 + tolerance) + spareMib,
    detail: `${heapsMib.length} collections, ${early} MiB left, then ${late} MiB, with ${sessions} sessions`,
  };
}

/**
 * Compares open descriptors: the least number in the last quarter of the time with that in the second. Those that are
 * open for a moment, of requests and of parts that the store reads and merges, are in neither.
 */
export function descriptors(samples, durationMs, spare) {
  const [, early, , late] = quarters(samples, durationMs, (sample) => sample.descriptors).map((all) =>
    Math.min(...all),
  );
  return { ok: late <= early + spare, detail: `${early}, then ${late}` };
}

/** Counters of a type: of its nodes, and of those that have ended. */
function total(snapshot, type, counter) {
  const living = snapshot.nodes.filter((node) => node.type === type);
  return living.reduce((sum, { counters }) => sum + (counters[counter] ?? 0), snapshot.ended[type]?.[counter] ?? 0);
}

const node = (snapshot, name) => snapshot.nodes.find((each) => each.name === name).counters;

function equal(name, a, nameB, b) {
  return { ok: a === b, detail: `${name} ${a}, ${nameB} ${b}` };
}

/** Packets from the wire to the collector, hop by hop. */
export function conservation({ sent, atEnd, ended, stored }) {
  const { recordsDecoded, recordsLost } = ended.collect.final.collector.counters;
  const acknowledged = ended.collect.final.spool.counters.rowsAcknowledged;
  const [eth0, eth1] = ["eth0", "eth1"].map((name) => node(atEnd, name));
  const steady = node(atEnd, "steady");
  const taken = (counters) => counters.packetsAccounted + counters.packetsSkipped;
  const offered = total(atEnd, "netflow", "packetsAccounted") + total(atEnd, "netflow", "packetsSkipped");
  return [
    ["what was sent to the steady meter was captured", equal("sent", sent[1], "captured", eth1.packetsCaptured)],
    [
      "what was captured for it was metered or dropped by the kernel",
      equal("captured", eth1.packetsCaptured, "metered and dropped", taken(steady) + eth1.packetsDropped),
    ],
    [
      "what was captured for the moving meter was passed on, dropped by the kernel, or had no hook",
      equal(
        "captured",
        eth0.packetsCaptured,
        "passed on, dropped and without a hook",
        eth0.packetsSeen + eth0.packetsDropped + (eth0.hookNotConnected ?? 0),
      ),
    ],
    ["what was passed on was metered", equal("passed on", eth0.packetsSeen + eth1.packetsSeen, "metered", offered)],
    ["no record was lost on the way to the collector", equal("lost", recordsLost, "expected", 0)],
    ["what was decoded was acknowledged", equal("decoded", recordsDecoded, "acknowledged", acknowledged)],
    ["what was acknowledged was stored", equal("acknowledged", acknowledged, "stored", stored.rows)],
    [
      "what was metered was exported and stored",
      equal("metered", total(ended.graph.final, "netflow", "packetsAccounted"), "stored", stored.packets),
    ],
  ];
}
