import type { PipelineTotals } from "@ngflow/flows";
import { describe, expect, it } from "vitest";
import { statusLine } from "./status-line.ts";

const ZERO: PipelineTotals = {
  packetsSeen: 0,
  packetsDropped: 0,
  packetsAccounted: 0,
  recordsExported: 0,
  datagramsReceived: 0,
  recordsLost: 0,
  recordsDecoded: 0,
  rowsStored: 0,
};

describe("status line", () => {
  it("shows the chain and says when nothing is lost", () => {
    const now = { ...ZERO, packetsSeen: 12_345, recordsExported: 678, datagramsReceived: 30, rowsStored: 678 };
    expect(statusLine(now, { ...ZERO, packetsSeen: 12_000 }, 1)).toBe(
      "12,345 packets (345/s) → 678 records exported → 30 datagrams received → 678 rows stored · no loss",
    );
  });

  it("names every loss", () => {
    const line = statusLine({ ...ZERO, packetsDropped: 7, recordsLost: 24 }, ZERO, 0);
    expect(line).toContain("7 packets dropped by the kernel, 24 records lost");
  });
});
