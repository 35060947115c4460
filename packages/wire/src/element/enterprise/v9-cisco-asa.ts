import type { ElementTable } from "./element-table.ts";

/**
 * NetFlow v9 field types of Cisco ASA (NSEL). Older releases send 40001 to 40005 instead of 225 to 228 and 233, so they
 * have the same names.
 */
export const CISCO_ASA: ElementTable = {
  pen: 0,
  vendor: "Cisco ASA, NetFlow v9",
  source:
    "https://github.com/logstash-plugins/logstash-codec-netflow/blob/main/lib/logstash/codecs/netflow/netflow.yaml",
  rows: [
    [33000, "ingress_acl_id", "octetArray", "identifier", 12],
    [33001, "egress_acl_id", "octetArray", "identifier", 12],
    [33002, "fw_ext_event", "unsigned16", "identifier"],
    [40000, "username", "string", "default"],
    [40001, "postNATSourceIPv4Address", "ipv4Address", "identifier"],
    [40002, "postNATDestinationIPv4Address", "ipv4Address", "identifier"],
    [40003, "postNAPTSourceTransportPort", "unsigned16", "identifier"],
    [40004, "postNAPTDestinationTransportPort", "unsigned16", "identifier"],
    [40005, "firewallEvent", "unsigned8", "identifier"],
  ],
};
