import type { ValueOf } from "@ngflow/graph";
import type { EngineInfo } from "./flow-engine.ts";
import type { infoType, timeoutsType } from "./message-types.ts";

/** The reply of `info`. */
export function infoReply(info: EngineInfo, timeouts: ValueOf<typeof timeoutsType>): ValueOf<typeof infoType> {
  const { inactive, active } = timeouts;
  return {
    "IPv4 bytes": info.ipv4Bytes,
    "IPv4 packets": info.ipv4Packets,
    "IPv6 bytes": info.ipv6Bytes,
    "IPv6 packets": info.ipv6Packets,
    "IPv4 skipped bytes": info.ipv4SkippedBytes,
    "IPv4 skipped packets": info.ipv4SkippedPackets,
    "IPv6 skipped bytes": info.ipv6SkippedBytes,
    "IPv6 skipped packets": info.ipv6SkippedPackets,
    "Active expiries": info.activeExpiries,
    "Inactive expiries": info.inactiveExpiries,
    "IPv4 records used": info.ipv4RecordsUsed,
    "IPv6 records used": info.ipv6RecordsUsed,
    "Failed allocations": info.failedAllocations,
    "V5 failed exports": info.v5FailedExports,
    "V9 failed exports": info.v9FailedExports,
    // Buffers are contiguous here: nothing is reallocated.
    "mbuf reallocations": 0,
    "fibs allocated": info.fibsAllocated,
    "Inactive timeout": inactive,
    "Active timeout": active,
  };
}
