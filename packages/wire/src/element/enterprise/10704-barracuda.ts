import type { ElementTable } from "./element-table.ts";

/** Barracuda firewalls: what a rule did with a connection. The time is in Unix seconds. */
export const BARRACUDA: ElementTable = {
  pen: 10704,
  vendor: "Barracuda",
  source: "https://github.com/logstash-plugins/logstash-codec-netflow/blob/main/lib/logstash/codecs/netflow/ipfix.yaml",
  rows: [
    [1, "Timestamp", "unsigned32", "default"],
    [2, "LogOp", "unsigned8", "identifier"],
    [3, "TrafficType", "unsigned8", "identifier"],
    [4, "FW_Rule", "string", "default"],
    [5, "ServiceName", "string", "default"],
    [6, "Reason", "unsigned32", "identifier"],
    [7, "ReasonText", "string", "default"],
    [8, "BindIPv4Address", "ipv4Address", "default"],
    [9, "BindTransportPort", "unsigned16", "identifier"],
    [10, "ConnIPv4Address", "ipv4Address", "default"],
    [11, "ConnTransportPort", "unsigned16", "identifier"],
    [12, "AuditCounter", "unsigned32", "default"],
  ],
};
