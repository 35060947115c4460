import type { ElementTable } from "./element-table.ts";

/** NetFlow v9 field types of Streamcore: response times, quality of calls, rules. */
export const STREAMCORE: ElementTable = {
  pen: 0,
  vendor: "Streamcore, NetFlow v9",
  source:
    "https://github.com/logstash-plugins/logstash-codec-netflow/blob/main/lib/logstash/codecs/netflow/netflow.yaml",
  rows: [
    [8192, "streamcore_wan_rtt", "unsigned32", "quantity"],
    [8193, "streamcore_net_app_resp_time", "unsigned32", "quantity"],
    [8194, "streamcore_total_app_resp_time", "unsigned32", "quantity"],
    [8195, "streamcore_tcp_retrans_rate", "unsigned16", "quantity"],
    [8196, "streamcore_call_direction", "unsigned8", "identifier"],
    [8256, "streamcore_hostname", "string", "default"],
    [8257, "streamcore_url", "string", "default"],
    [8258, "streamcore_ssl_cn", "string", "default"],
    [8259, "streamcore_ssl_org", "string", "default"],
    [8320, "streamcore_mos_lq", "unsigned16", "quantity"],
    [8321, "streamcore_net_delay", "unsigned16", "quantity"],
    [8322, "streamcore_net_loss", "unsigned16", "quantity"],
    [8323, "streamcore_net_jitter", "unsigned16", "quantity"],
    [8324, "streamcore_net_discard", "unsigned16", "quantity"],
    [8325, "streamcore_rtp_clockrate_in", "unsigned8", "identifier"],
    [8326, "streamcore_rtp_clockrate_out", "unsigned8", "identifier"],
    [8327, "streamcore_codec_in", "unsigned8", "identifier"],
    [8328, "streamcore_codec_out", "unsigned8", "identifier"],
    [8384, "streamcore_id_rule_1", "unsigned32", "identifier"],
    [8385, "streamcore_id_rule_2", "unsigned32", "identifier"],
    [8386, "streamcore_id_rule_3", "unsigned32", "identifier"],
    [8387, "streamcore_id_rule_4", "unsigned32", "identifier"],
    [8388, "streamcore_id_rule_5", "unsigned32", "identifier"],
    [8389, "streamcore_id_rule_6", "unsigned32", "identifier"],
    [8390, "streamcore_id_rule_7", "unsigned32", "identifier"],
    [8391, "streamcore_id_rule_8", "unsigned32", "identifier"],
    [8392, "streamcore_id_rule_9", "unsigned32", "identifier"],
    [8393, "streamcore_id_rule_10", "unsigned32", "identifier"],
  ],
};
