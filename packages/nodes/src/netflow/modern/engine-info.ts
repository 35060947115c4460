import type { EngineInfo } from "../flow-engine.ts";
import type { FlowMeter } from "./cache/flow-meter.ts";
import type { FlowTable } from "./cache/flow-table.ts";
import type { Expiry } from "./expiry/expiry.ts";
import type { FlowExporter } from "./export/flow-exporter.ts";
import type { PacketCounts } from "./packet-counts.ts";

/** The counts of message `info`. */
export function engineInfo(
  counts: PacketCounts,
  table4: FlowTable,
  table6: FlowTable,
  meter: FlowMeter,
  expiry: Expiry,
  exporter: FlowExporter,
): EngineInfo {
  const { accountedPackets, accountedBytes, skippedPackets, skippedBytes } = counts;
  return {
    ipv4Bytes: accountedBytes[0]!,
    ipv4Packets: accountedPackets[0]!,
    ipv6Bytes: accountedBytes[1]!,
    ipv6Packets: accountedPackets[1]!,
    ipv4SkippedBytes: skippedBytes[0]!,
    ipv4SkippedPackets: skippedPackets[0]!,
    ipv6SkippedBytes: skippedBytes[1]!,
    ipv6SkippedPackets: skippedPackets[1]!,
    activeExpiries: meter.ended,
    inactiveExpiries: expiry.expired,
    ipv4RecordsUsed: table4.live,
    ipv6RecordsUsed: table6.live,
    failedAllocations: 0,
    v5FailedExports: exporter.refused(5),
    v9FailedExports: exporter.refused(9),
    fibsAllocated: accountedPackets[0]! + accountedPackets[1]! > 0 ? 1 : 0,
  };
}
