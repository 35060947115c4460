import type { ElementTable } from "./element-table.ts";

/** NetFlow v9 field types of nProbe: the application. They are its elements of IPFIX plus 57472. */
export const NTOP_V9: ElementTable = {
  pen: 0,
  vendor: "ntop, NetFlow v9",
  source:
    "https://github.com/logstash-plugins/logstash-codec-netflow/blob/main/lib/logstash/codecs/netflow/netflow.yaml",
  rows: [
    [57590, "nprobe_proto", "unsigned16", "identifier"],
    [57591, "nprobe_proto_name", "string", "default"],
  ],
};
