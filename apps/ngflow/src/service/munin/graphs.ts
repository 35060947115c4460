import { HOPS, type Pipeline, type PipelineTotals } from "@ngflow/flows";

/** Answers of a running `ngflow serve`. */
export interface Measurements {
  readonly pipeline: Pipeline;
  /** Bits per second of the last five minutes, munin's own interval, by the name of the protocol. */
  readonly bitsPerSecond: ReadonlyMap<string, number>;
}

export interface MuninField {
  readonly name: string;
  readonly label: string;
  /** Further lines of `config`: attribute and value. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Null where it is not known. */
  readonly value: (measured: Measurements) => number | null;
}

export interface MuninGraph {
  readonly name: string;
  readonly title: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly fields: readonly MuninField[];
}

/** Protocols with a field of their own; ICMP is that of both families. */
const PROTOCOLS: readonly (readonly [field: string, label: string, names: readonly string[]])[] = [
  ["tcp", "TCP", ["tcp"]],
  ["udp", "UDP", ["udp"]],
  ["icmp", "ICMP", ["icmp", "ipv6-icmp"]],
];

function bitsOf(measured: Measurements, isCounted: (protocol: string) => boolean): number {
  let sum = 0;
  for (const [protocol, bits] of measured.bitsPerSecond) if (isCounted(protocol)) sum += bits;
  return Math.round(sum);
}

const named = new Set(PROTOCOLS.flatMap(([, , names]) => names));

const traffic: MuninGraph = {
  name: "ngflow_traffic",
  title: "Traffic by protocol",
  attributes: {
    graph_args: "--base 1000 --lower-limit 0",
    graph_vlabel: "bits per second",
    graph_info: "Flows that ended within the last five minutes, spread over their duration",
  },
  fields: [
    ...PROTOCOLS.map(([name, label, names]) => ({
      name,
      label,
      attributes: { draw: "AREASTACK", type: "GAUGE" },
      value: (measured: Measurements) => bitsOf(measured, (protocol) => names.includes(protocol)),
    })),
    {
      name: "other",
      label: "other",
      attributes: { draw: "AREASTACK", type: "GAUGE" },
      value: (measured) => bitsOf(measured, (protocol) => !named.has(protocol)),
    },
  ],
};

type TotalKey = keyof PipelineTotals;

function total(name: string, label: string, key: TotalKey): MuninField {
  return { name, label, attributes: { type: "DERIVE", min: "0" }, value: ({ pipeline }) => pipeline[key] };
}

const flows: MuninGraph = {
  name: "ngflow_flows",
  title: "Flow records",
  attributes: { graph_args: "--base 1000 --lower-limit 0", graph_vlabel: "records per ${graph_period}" },
  fields: [
    total("exported", "exported by the graph", "recordsExported"),
    total("decoded", "decoded by the collector", "recordsDecoded"),
    total("stored", "stored", "rowsStored"),
  ],
};

/** A loss at a hop: munin warns of any loss. The loss is not known if the part that counts `total` is absent. */
function loss(
  name: string,
  label: string,
  [hop, total]: readonly [string, TotalKey],
  ...counters: readonly string[]
): MuninField {
  return {
    name,
    label,
    attributes: { type: "DERIVE", min: "0", warning: ":0" },
    value: ({ pipeline }) => {
      if (pipeline[total] === null) return null;
      return pipeline.hops
        .filter((each) => each.hop.split(":")[0] === hop)
        .reduce((sum, each) => sum + counters.reduce((part, key) => part + (each.counters[key] ?? 0), 0), 0);
    },
  };
}

const RING = [HOPS.interface, "packetsSeen"] as const;
const METER = [HOPS.meter, "packetsSeen"] as const;
const SOCKET = [HOPS.transport, "packetsSeen"] as const;
const COLLECTOR = [HOPS.collector, "datagramsReceived"] as const;
const SPOOL = [HOPS.spool, "datagramsReceived"] as const;
const STORE = [HOPS.store, "rowsStored"] as const;

const losses: MuninGraph = {
  name: "ngflow_pipeline",
  title: "Losses from the packet to the stored row",
  attributes: { graph_args: "--base 1000 --lower-limit 0", graph_vlabel: "lost per ${graph_period}" },
  fields: [
    loss("ring", "packets: kernel ring full", RING, "packetsDropped"),
    loss("netflow", "datagrams: refused by the export hook", METER, "datagramsRefused"),
    loss("ksocket", "datagrams: not sent", SOCKET, "sendErrors", "overflowed"),
    loss("receive", "datagrams: socket buffer full", COLLECTOR, "kernelDrops"),
    loss("sequence", "records: lost on the way", COLLECTOR, "recordsLost"),
    loss("damaged", "datagrams: damaged", COLLECTOR, "malformed"),
    loss("spool", "rows: refused by the spool", SPOOL, "rowsRefusedMemory", "rowsRefusedDirectory", "rowsLost"),
    loss("store", "rows: damaged or dropped in the store", STORE, "rowsDamaged", "rowsDropped"),
  ],
};

/** The graphs in munin's order. */
export const GRAPHS: readonly MuninGraph[] = [traffic, flows, losses];
