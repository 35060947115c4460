import { describe, expect, it } from "vitest";
import type { ExportStats } from "./meter-stats.ts";
import { refusalText, type SummaryFacts, summaryLines } from "./summary.ts";

const STATS: ExportStats = {
  packets: 4_000_000,
  bytes: 2_409_381_234,
  skipped: { notIp: 0, malformed: 0 },
  records: 1_157_213,
  datagrams: 17_832,
  sendErrors: 0,
  refused: 0,
};
const FACTS: SummaryFacts = {
  to: "udp://127.0.0.1:2055",
  format: "v9",
  seconds: 0.8125,
  largest: [
    { text: "tcp 192.0.2.1:443 > 198.51.100.7:51234", bytes: 123_456_789 },
    { text: "udp [2001:db8::1]:53 > [2001:db8::2]:4000", bytes: 900 },
  ],
  human: true,
};

describe("summaryLines", () => {
  it("shortens numbers for a person", () => {
    expect(summaryLines(STATS, FACTS)).toBe(
      [
        "4.00 M packets, 2.41 GB, 1.16 M flow records in 0.81 s",
        "17.8 k v9 datagrams to udp://127.0.0.1:2055",
        "the largest records:",
        "  123 MB  tcp 192.0.2.1:443 > 198.51.100.7:51234",
        "   900 B  udp [2001:db8::1]:53 > [2001:db8::2]:4000",
        "",
      ].join("\n"),
    );
  });

  it("has exact numbers elsewhere, reasons of what was not metered, and no list without flows", () => {
    const stats = { ...STATS, skipped: { notIp: 12, malformed: 0, filtered: 3 } };
    expect(summaryLines(stats, { ...FACTS, human: false, largest: [], to: "-" })).toBe(
      "4000000 packets, 2409381234 bytes, 1157213 flow records in 0.81 s\n" +
        "not metered: 12 notIp, 3 filtered\n17832 v9 datagrams to standard output\n",
    );
  });

  it("says that records went nowhere", () => {
    expect(summaryLines(STATS, { ...FACTS, to: undefined, largest: [] })).toContain("the records went nowhere");
  });
});

describe("refusalText", () => {
  it("names who refused how much", () => {
    expect(refusalText({ ...STATS, sendErrors: 17_831, refused: 17_831 }, "udp://127.0.0.1:22999")).toBe(
      "127.0.0.1:22999 refused 17,831 of 17,832 datagrams: nobody listens there; start a collector or change --to",
    );
    expect(refusalText({ ...STATS, sendErrors: 1234 }, "udp://[2001:db8::1]:2055")).toBe(
      "--to udp://[2001:db8::1]:2055: 1,234 of 17,832 datagrams could not be sent; check the address and the route",
    );
  });
});
