import type { Group } from "./arranged.ts";
import { field, text } from "./elements.ts";
import { copyBytes, copyList, LIST_BYTES_MAX, put32, put8, type XdrReader } from "./values.ts";

const u32 = (...names: readonly string[]): ReturnType<typeof field>[] => names.map((name) => field(name, 4));
const u64 = (name: string): ReturnType<typeof field> => field(name, 8);

/** A counter sample: where it is from, which groups it has, and where their records are. */
export const counters = {
  sequence: 0,
  sourceType: 0,
  sourceIndex: 0,
  present: 0,
  at: new Uint32Array(6),
  nameLength: 0,
};

/** A group that is copied as it is. `position` is its bit. */
function copied(position: number, fields: Group["fields"]): Group {
  const length = fields.reduce((sum, each) => sum + each.length, 0);
  return { fields, write: (bytes, out, at) => copyBytes(bytes, counters.at[position]!, length, out, at) };
}

const PORT_NAME = 5;

/** The parts of a record of counters. The first is always there. */
export const COUNTER_GROUPS: readonly Group[] = [
  {
    fields: [field("sampleSequence", 4), field("sourceIdType", 1), field("sourceIdIndex", 4)],
    write: (_bytes, out, at) => {
      const o = put8(out, put32(out, at, counters.sequence), counters.sourceType);
      return put32(out, o, counters.sourceIndex);
    },
  },
  copied(1, [
    ...[...u32("ifIndex", "ifType"), u64("ifSpeed"), ...u32("ifDirection", "ifStatus"), u64("ifInOctets")],
    ...u32("ifInUcastPkts", "ifInMulticastPkts", "ifInBroadcastPkts"),
    ...[...u32("ifInDiscards", "ifInErrors", "ifInUnknownProtos"), u64("ifOutOctets")],
    ...u32("ifOutUcastPkts", "ifOutMulticastPkts", "ifOutBroadcastPkts"),
    ...u32("ifOutDiscards", "ifOutErrors", "ifPromiscuousMode"),
  ]),
  copied(2, [
    ...u32("dot3StatsAlignmentErrors", "dot3StatsFCSErrors", "dot3StatsSingleCollisionFrames"),
    ...u32("dot3StatsMultipleCollisionFrames", "dot3StatsSQETestErrors", "dot3StatsDeferredTransmissions"),
    ...u32("dot3StatsLateCollisions", "dot3StatsExcessiveCollisions", "dot3StatsInternalMacTransmitErrors"),
    ...u32("dot3StatsCarrierSenseErrors", "dot3StatsFrameTooLongs", "dot3StatsInternalMacReceiveErrors"),
    ...u32("dot3StatsSymbolErrors"),
  ]),
  copied(3, [
    ...[...u32("vlanId"), u64("vlanOctets")],
    ...u32("vlanUcastPkts", "vlanMulticastPkts", "vlanBroadcastPkts", "vlanDiscards"),
  ]),
  copied(4, [...u32("cpuPercent5s", "cpuPercent1m", "cpuPercent5m"), u64("memoryTotal"), u64("memoryFree")]),
  {
    fields: [text("portName")],
    write: (bytes, out, at) => copyList(bytes, counters.at[PORT_NAME]!, counters.nameLength, out, at),
  },
];

function block(position: number): (x: XdrReader) => number {
  const length = COUNTER_GROUPS[position]!.fields.reduce((sum, each) => sum + each.length, 0);
  return (x) => {
    const at = x.skip(length);
    if (!x.ok) return 0;
    counters.at[position] = at;
    return 1 << position;
  };
}

function portName(x: XdrReader): number {
  x.list();
  if (!x.ok || x.listLength > LIST_BYTES_MAX) return 0;
  counters.at[PORT_NAME] = x.listAt;
  counters.nameLength = x.listLength;
  return 1 << PORT_NAME;
}

/**
 * Readers of counter records by format (enterprise 0). They return the bit of their group; for a damaged record 0, and
 * what an earlier record has said stays.
 */
export const COUNTER_RECORDS: ReadonlyMap<number, (x: XdrReader) => number> = new Map([
  [1, block(1)],
  [2, block(2)],
  [5, block(3)],
  [1001, block(4)],
  [1005, portName],
]);
