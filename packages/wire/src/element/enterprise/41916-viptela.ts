import type { ElementTable } from "./element-table.ts";

/** Viptela (Cisco SD-WAN): the VPN of a flow. */
export const VIPTELA: ElementTable = {
  pen: 41916,
  vendor: "Viptela",
  source: "https://github.com/logstash-plugins/logstash-codec-netflow/blob/main/lib/logstash/codecs/netflow/ipfix.yaml",
  rows: [[4321, "viptelaVPNId", "unsigned64", "identifier"]],
};
