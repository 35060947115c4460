import type { Arena } from "./cache/arena.ts";
import { SKIP_REASON_NAMES } from "@ngflow/wire/packet";

/** Packets accounted and packets skipped, by address family (row 0 IPv4, row 1 IPv6) and by reason. */
export class PacketCounts {
  readonly accountedPackets: Float64Array;
  readonly accountedBytes: Float64Array;
  readonly skippedPackets: Float64Array;
  readonly skippedBytes: Float64Array;
  readonly skippedFor: Float64Array;

  constructor(arena: Arena) {
    this.accountedPackets = arena.float64(2);
    this.accountedBytes = arena.float64(2);
    this.skippedPackets = arena.float64(2);
    this.skippedBytes = arena.float64(2);
    this.skippedFor = arena.float64(SKIP_REASON_NAMES.length);
  }

  /** @param family IP version if the header was found, else 0: such packets count for their reason only */
  skip(reason: number, family: number, packets: number, bytes: number): void {
    this.skippedFor[reason]! += packets;
    if (family === 0) return;
    const row = family === 4 ? 0 : 1;
    this.skippedPackets[row]! += packets;
    this.skippedBytes[row]! += bytes;
  }

  /** Packets accounted or skipped. */
  handled(): number {
    return this.accountedPackets[0]! + this.accountedPackets[1]! + this.skipped();
  }

  skipped(): number {
    return this.skippedFor.reduce((sum, n) => sum + n, 0);
  }

  /** Under the names of the node's page. */
  counters(): Readonly<Record<string, number>> {
    const reasons = SKIP_REASON_NAMES.map((reason, i) => [
      `packetsSkipped${reason[0]!.toUpperCase()}${reason.slice(1)}`,
      this.skippedFor[i]!,
    ]);
    return {
      packetsAccounted: this.accountedPackets[0]! + this.accountedPackets[1]!,
      bytesAccounted: this.accountedBytes[0]! + this.accountedBytes[1]!,
      packetsSkipped: this.skipped(),
      ...Object.fromEntries(reasons),
    };
  }
}
