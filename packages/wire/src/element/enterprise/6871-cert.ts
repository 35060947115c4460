import { reverseName } from "./29305-reverse.ts";
import type { ElementRow, ElementTable } from "./element-table.ts";

/** Bit of an element id that makes it the reverse direction's. */
const REVERSE_BIT = 0x4000;

const FORWARD: readonly ElementRow[] = [
  [14, "initialTCPFlags", "unsigned16", "flags"],
  [15, "unionTCPFlags", "unsigned16", "flags"],
  [18, "payload", "octetArray", "default"],
  [30, "silkFlowType", "unsigned8", "identifier"],
  [31, "silkFlowSensor", "unsigned16", "identifier"],
  [32, "silkTCPState", "unsigned8", "flags"],
  [33, "silkAppLabel", "unsigned16", "identifier"],
  [35, "payloadEntropy", "unsigned8", "default"],
  [36, "osName", "string", "default"],
  [37, "osVersion", "string", "default"],
  [38, "firstPacketBanner", "octetArray", "default"],
  [39, "secondPacketBanner", "octetArray", "default"],
  [40, "flowAttributes", "unsigned16", "flags"],
  [100, "expiredFragmentCount", "unsigned32", "totalCounter"],
  [101, "assembledFragmentCount", "unsigned32", "totalCounter"],
  [102, "meanFlowRate", "unsigned32", "default"],
  [103, "meanPacketRate", "unsigned32", "default"],
  [104, "flowTableFlushEventCount", "unsigned32", "totalCounter"],
  [105, "flowTablePeakCount", "unsigned32", "default"],
  [106, "yafFlowKeyHash", "unsigned32", "identifier"],
  [107, "osFingerPrint", "string", "default"],
  [289, "mptcpInitialDataSequenceNumber", "unsigned64", "default"],
  [290, "mptcpReceiverToken", "unsigned32", "identifier"],
  [291, "mptcpMaximumSegmentSize", "unsigned16", "default"],
  [292, "mptcpAddressID", "unsigned8", "identifier"],
  [293, "mptcpFlags", "unsigned8", "flags"],
  [298, "sslCertificateSHA1", "octetArray", "default"],
  [299, "sslCertificateMD5", "octetArray", "default"],
  [300, "nDPIL7Protocol", "unsigned16", "identifier"],
  [301, "nDPIL7SubProtocol", "unsigned16", "identifier"],
  [500, "smallPacketCount", "unsigned32", "totalCounter"],
  [501, "nonEmptyPacketCount", "unsigned32", "totalCounter"],
  [502, "dataByteCount", "unsigned64", "totalCounter"],
  [503, "averageInterarrivalTime", "unsigned64", "default"],
  [504, "standardDeviationInterarrivalTime", "unsigned64", "default"],
  [505, "firstNonEmptyPacketSize", "unsigned16", "quantity"],
  [506, "maxPacketSize", "unsigned16", "quantity"],
  [507, "firstEightNonEmptyPacketDirections", "unsigned8", "flags"],
  [508, "standardDeviationPayloadLength", "unsigned16", "default"],
  [509, "tcpUrgentCount", "unsigned32", "totalCounter"],
  [510, "largePacketCount", "unsigned32", "totalCounter"],
];

/** CERT's elements of YAF and SiLK: flow statistics and the state of the exporter. */
export const CERT: ElementTable = {
  pen: 6871,
  vendor: "CERT (YAF, SiLK)",
  source: "https://github.com/CESNET/libfds/blob/master/config/system/elements/cert.xml",
  rows: [
    ...FORWARD,
    [21, "reverseFlowDeltaMilliseconds", "unsigned32", "quantity"],
    ...FORWARD.map(([id, name, ...row]): ElementRow => [id | REVERSE_BIT, reverseName(name), ...row]),
  ],
};
