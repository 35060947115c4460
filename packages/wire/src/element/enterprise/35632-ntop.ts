import type { ElementTable } from "./element-table.ts";

/**
 * nProbe: latencies, retransmissions, the application, TLS. Integers of several lengths are sent for the same element.
 */
export const NTOP: ElementTable = {
  pen: 35632,
  vendor: "ntop",
  source: "https://www.ntop.org/guides/nprobe/flow_information_elements.html",
  rows: [
    [107, "longest_flow_pkt", "unsigned64", "quantity"],
    [108, "shortest_flow_pkt", "unsigned64", "quantity"],
    [109, "retransmitted_in_pkts", "unsigned64", "deltaCounter"],
    [110, "retransmitted_out_pkts", "unsigned64", "deltaCounter"],
    [111, "ooorder_in_pkts", "unsigned64", "deltaCounter"],
    [112, "ooorder_out_pkts", "unsigned64", "deltaCounter"],
    [118, "l7_proto", "unsigned64", "identifier"],
    [119, "l7_proto_name", "string", "default"],
    [123, "client_nw_latency_ms", "unsigned64", "quantity"],
    [124, "server_nw_latency_ms", "unsigned64", "quantity"],
    [125, "app_latency_ms", "unsigned64", "quantity"],
    [127, "retransmitted_in_bytes", "unsigned64", "deltaCounter"],
    [128, "retransmitted_out_bytes", "unsigned64", "deltaCounter"],
    [188, "ssl_server_name", "string", "default"],
    [489, "ja3c_hash", "string", "default"],
    [490, "ja3s_hash", "string", "default"],
    [493, "ssl_cipher", "unsigned64", "identifier"],
    [494, "ssl_unsafe_cipher", "unsigned64", "identifier"],
    [495, "ssl_version", "unsigned64", "identifier"],
  ],
};
