// Compares the flows that ngflow makes of frames with those of another exporter. Two exporters cut flows differently
// (keys, timeouts, the end of a connection), so what is compared is what both say of a conversation: packets, octets,
// TCP flags and MAC addresses of each direction, the VLAN, the first and the last packet.

/** Protocols without ports: ICMP of IPv4 and IPv6. */
const WITHOUT_PORTS = new Set([1, 58]);
const TOTALS = [
  ["packets", "packetDeltaCount"],
  ["octets", "octetDeltaCount"],
];
const TIMES = [
  ["flowStartMicroseconds", "flowStartMilliseconds", Math.min],
  ["flowEndMicroseconds", "flowEndMilliseconds", Math.max],
];

/** The name of a direction: addresses, ports and protocol; of the opposite one if `reverse`. */
function nameOf(fields, reverse) {
  const ports = !WITHOUT_PORTS.has(fields.protocolIdentifier);
  const end = (side) => {
    const address = fields[`${side}IPv4Address`] ?? fields[`${side}IPv6Address`];
    return ports ? `${address}:${fields[`${side}TransportPort`] ?? 0}` : address;
  };
  const ends = [end("source"), end("destination")];
  return `${fields.protocolIdentifier} ${(reverse ? ends.reverse() : ends).join(" > ")}`;
}

const newDirection = () => ({ packetDeltaCount: 0, octetDeltaCount: 0, tcpControlBits: 0 });

/** Sums by direction, and by conversation (the name of its first direction) the times and the VLAN. */
function summed(records) {
  const directions = new Map();
  const conversations = new Map();
  const directionOf = (name) => {
    if (!directions.has(name)) directions.set(name, newDirection());
    return directions.get(name);
  };
  const add = (to, packets, octets, flags, macs) => {
    to.packetDeltaCount += packets;
    to.octetDeltaCount += octets;
    to.tcpControlBits |= flags;
    [to.sourceMacAddress, to.destinationMacAddress] = macs;
  };
  for (const fields of records) {
    const { sourceMacAddress: from, destinationMacAddress: to, reversePacketDeltaCount: back = 0 } = fields;
    const name = nameOf(fields, false);
    const opposite = nameOf(fields, true);
    add(directionOf(name), fields.packetDeltaCount, fields.octetDeltaCount, fields.tcpControlBits ?? 0, [from, to]);
    if (back > 0) {
      add(directionOf(opposite), back, fields.reverseOctetDeltaCount, fields.reverseTcpControlBits ?? 0, [to, from]);
    }
    const key = [name, opposite].sort()[0];
    const known = conversations.get(key) ?? {};
    for (const [micro, milli, pick] of TIMES) {
      const ms = Date.parse(fields[micro] ?? fields[milli]);
      known[milli] = known[milli] === undefined ? ms : pick(known[milli], ms);
    }
    known.vlanId = fields.vlanId ?? known.vlanId ?? 0;
    conversations.set(key, known);
  }
  return { directions, conversations };
}

function* mapDifferences(expected, got) {
  for (const [name, values] of expected) {
    for (const [field, value] of Object.entries(values)) {
      const ours = got.get(name)?.[field];
      if (ours !== value) yield { record: name, field, expected: value, got: ours };
    }
  }
  for (const name of got.keys()) if (!expected.has(name)) yield { record: name, field: "-", expected: null, got: name };
}

/** The differences of a case of frames; `flows` are the fields of ngflow's flows. */
export function frameDifferences({ expect, derived }, flows) {
  const found = [];
  for (const [field, element] of TOTALS) {
    const wanted = derived?.[field] ?? 0;
    const got = flows.reduce((sum, fields) => sum + fields[element], 0);
    if (got !== wanted) found.push({ record: "-", field: `derived ${field}`, expected: wanted, got });
  }
  if (isPartial(expect)) return found;
  const expected = summed(expect.flows ?? []);
  const got = summed(flows);
  found.push(...mapDifferences(expected.directions, got.directions));
  found.push(...mapDifferences(expected.conversations, got.conversations));
  return found;
}

/** Whether only the totals of a case can be compared: its list lacks flows, or has some more than once. */
export function isPartial({ partial, flows = [] }) {
  return partial !== false && flows.length > 0;
}
