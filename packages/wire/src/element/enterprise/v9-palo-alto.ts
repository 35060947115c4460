import type { ElementTable } from "./element-table.ts";

/**
 * NetFlow v9 field types of PAN-OS. Its IPFIX elements (PEN 25461) are left out, because no public source lists them.
 */
export const PALO_ALTO: ElementTable = {
  pen: 0,
  vendor: "Palo Alto Networks, NetFlow v9",
  source:
    "https://github.com/logstash-plugins/logstash-codec-netflow/blob/main/lib/logstash/codecs/netflow/netflow.yaml",
  rows: [
    [56701, "app_id", "string", "identifier"],
    [56702, "user_id", "string", "identifier"],
  ],
};
