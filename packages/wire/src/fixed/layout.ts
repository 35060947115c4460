import { namedField, newTemplate, type Template } from "../template/template.ts";

/**
 * A NetFlow version whose records have one fixed layout. Network byte order. The header begins version(2) count(2)
 * sysUptime(4) unixSecs(4) unixNsecs(4); what follows depends on the version.
 */
export interface FixedLayout {
  readonly version: 1 | 5 | 7;
  readonly headerLength: number;
  /** Whether flowSequence(4) follows at offset 16. */
  readonly sequence: boolean;
  /**
   * Whether engineType(1) engineId(1) sampling(2) follow at offset 20; sampling is a mode of 2 bits, an interval of 14.
   */
  readonly engine: boolean;
  /** The record as a template of the elements its fields are; where there are several, the longest first. */
  readonly records: readonly [Template, ...Template[]];
}

/** The first 36 bytes of every record. */
const COMMON = [
  namedField("sourceIPv4Address", 4),
  namedField("destinationIPv4Address", 4),
  namedField("ipNextHopIPv4Address", 4),
  namedField("ingressInterface", 2),
  namedField("egressInterface", 2),
  namedField("packetDeltaCount", 4),
  namedField("octetDeltaCount", 4),
  namedField("flowStartSysUpTime", 4),
  namedField("flowEndSysUpTime", 4),
  namedField("sourceTransportPort", 2),
  namedField("destinationTransportPort", 2),
];

const V1_FIELDS = [
  ...COMMON,
  namedField("paddingOctets", 2),
  namedField("protocolIdentifier", 1),
  namedField("ipClassOfService", 1),
  namedField("tcpControlBits", 1),
];

const V5_FIELDS = [
  ...COMMON,
  namedField("paddingOctets", 1),
  namedField("tcpControlBits", 1),
  namedField("protocolIdentifier", 1),
  namedField("ipClassOfService", 1),
  namedField("bgpSourceAsNumber", 2),
  namedField("bgpDestinationAsNumber", 2),
  namedField("sourceIPv4PrefixLength", 1),
  namedField("destinationIPv4PrefixLength", 1),
  namedField("paddingOctets", 2),
];

/** NetFlow v1: records of 52 bytes in Cisco's description, of 48 as softflowd and others write them. */
export const V1: FixedLayout = {
  version: 1,
  headerLength: 16,
  sequence: false,
  engine: false,
  records: [
    newTemplate(0, [...V1_FIELDS, namedField("paddingOctets", 11)]),
    newTemplate(0, [...V1_FIELDS, namedField("paddingOctets", 7)]),
  ],
};

/** NetFlow v5: records of 48 bytes. */
export const V5: FixedLayout = {
  version: 5,
  headerLength: 24,
  sequence: true,
  engine: true,
  records: [newTemplate(0, V5_FIELDS)],
};

/**
 * NetFlow v7 of Catalyst switches: records of 52 bytes, v5's with flags of invalid fields where v5 has its last
 * padding, and the address of the router that was bypassed. The header ends with four reserved bytes.
 */
export const V7: FixedLayout = {
  version: 7,
  headerLength: 24,
  sequence: true,
  engine: false,
  records: [newTemplate(0, [...V5_FIELDS, namedField("ipv4RouterSc", 4)])],
};
