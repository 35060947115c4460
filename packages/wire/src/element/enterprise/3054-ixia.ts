import type { ElementTable } from "./element-table.ts";

/** Ixia NetFlow generator: application, place, browser and threat of a flow. */
export const IXIA: ElementTable = {
  pen: 3054,
  vendor: "Ixia",
  source: "https://github.com/logstash-plugins/logstash-codec-netflow/blob/main/lib/logstash/codecs/netflow/ipfix.yaml",
  rows: [
    [110, "ixiaL7AppId", "unsigned32", "identifier"],
    [111, "ixiaL7AppName", "string", "default"],
    [126, "ixiaSrcLatitude", "float32", "quantity"],
    [127, "ixiaSrcLongitude", "float32", "quantity"],
    [146, "ixiaDstLatitude", "float32", "quantity"],
    [147, "ixiaDstLongitude", "float32", "quantity"],
    [160, "ixiaDeviceId", "unsigned8", "identifier"],
    [161, "ixiaDeviceName", "string", "default"],
    [162, "ixiaBrowserId", "unsigned8", "identifier"],
    [163, "ixiaBrowserName", "string", "default"],
    [176, "ixiaRevOctetDeltaCount", "unsigned64", "deltaCounter"],
    [177, "ixiaRevPacketDeltaCount", "unsigned64", "deltaCounter"],
    [182, "ixiaHttpUserAgent", "string", "default"],
    [183, "ixiaHttpHostName", "string", "default"],
    [184, "ixiaHttpUri", "string", "default"],
    [186, "ixiaSrcAsName", "string", "default"],
    [187, "ixiaDstAsName", "string", "default"],
    [188, "ixiaLatency", "unsigned32", "quantity"],
    [192, "ixiaThreatType", "string", "default"],
    [193, "ixiaThreatIPv4", "ipv4Address", "default"],
  ],
};
