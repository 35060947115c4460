import type { ElementTable } from "./element-table.ts";

/** Nokia 7750 (Alcatel-Lucent): address translation of a subscriber. */
export const NOKIA: ElementTable = {
  pen: 637,
  vendor: "Nokia",
  source: "https://github.com/logstash-plugins/logstash-codec-netflow/blob/main/lib/logstash/codecs/netflow/ipfix.yaml",
  rows: [
    [91, "natInsideSvcid", "unsigned16", "identifier"],
    [92, "natOutsideSvcid", "unsigned16", "identifier"],
    [93, "natSubString", "string", "identifier"],
  ],
};
