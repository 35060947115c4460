import { percentile95 } from "@ngflow/flows";
import { describe, expect, it } from "vitest";
import { reportHtml } from "./html.ts";
import { reportMarkdown } from "./markdown.ts";
import { change, type Report } from "./report.ts";

const BIN = 300_000;
const bins = Array.from({ length: 20 }, (_, i) => ({ timeMs: i * BIN, bps: i }));

const REPORT: Report = {
  fromMs: 0,
  toMs: 20 * BIN,
  madeMs: 20 * BIN,
  source: "/data",
  filter: "proto tcp",
  totals: {
    bytes: { now: 3_000_000, before: 2_000_000 },
    packets: { now: 3000, before: 4000 },
    flows: { now: 3, before: 3 },
  },
  series: [
    { timeMs: 0, bps: 10, recorded: true },
    { timeMs: BIN, bps: 30, recorded: true },
    { timeMs: 2 * BIN, bps: 0, recorded: false },
  ],
  stepMs: BIN,
  tables: [
    {
      title: "Senders",
      columns: ["SrcAddr"],
      rows: [
        { group: ["<b>|x"], bytes: { now: 1_500_000, before: 0 } },
        { group: [null], bytes: { now: 1_500_000, before: 2_000_000 } },
      ],
    },
    {
      title: "Services",
      columns: ["Proto", "ServicePort"],
      rows: [{ group: ["tcp", "443"], bytes: { now: 1, before: 1 } }],
    },
    {
      title: "Exporters",
      columns: ["ExporterAddr"],
      rows: [{ group: ["192.0.2.1"], bytes: { now: 1, before: 1 } }],
    },
    { title: "Systems", columns: ["SrcAS"], rows: [{ group: ["0"], bytes: { now: 3_000_000, before: 2_000_000 } }] },
  ],
  billing: [
    {
      exporter: "192.0.2.1",
      exporterName: "office-gw",
      index: "3",
      interfaceName: "ge-0/0/3",
      direction: "in",
      p95: percentile95(bins.map(({ bps }) => bps)),
      average: 9.5,
      peak: bins[19]!,
      bins,
      binsWithTraffic: 19,
    },
  ],
  exporterNames: { "192.0.2.1": "office-gw" },
  missing: [],
};

describe("a report", () => {
  it("takes the 95th percentile by nearest rank", () => {
    expect(percentile95(Array.from({ length: 100 }, (_, i) => i + 1))).toBe(95);
    expect(percentile95([7])).toBe(7);
    expect(REPORT.billing[0]!.p95).toBe(18);
    expect(change({ now: 3, before: 2 })).toBe(50);
    expect(change({ now: 3, before: 0 })).toBeNull();
  });

  it("is Markdown that shows names as they are, with shares and changes", () => {
    const text = reportMarkdown(REPORT);
    expect(text).toContain(String.raw`| \<b\>\|x | 1.50 MB | 50.0 % | new |`);
    expect(text).toContain("| (others) | 1.50 MB | 50.0 % | -25.0 % |");
    expect(text).toContain("| Bytes | 3.00 MB | 3,000,000 | 2.00 MB | +50.0 % |");
    expect(text).toContain("| 192.0.2.1 office-gw | 3 ge-0/0/3 | in | 18 bit/s |");
    expect(text).toContain("Nothing was recorded in 1 of 3 bins of 5 minutes");
    expect(text).toContain("| tcp | 443 https |");
    expect(text).toContain("| 192.0.2.1 office-gw | 1 B |");
    // Only unknown systems: nothing to show.
    expect(text).not.toContain("## Systems");
  });

  it("says what it cannot compare and what is missing", () => {
    const none = { now: 1, before: 0 };
    const text = reportMarkdown({
      ...REPORT,
      totals: { bytes: none, packets: none, flows: none },
      missing: ["2026-01-02"],
    });
    expect(text).toContain("Nothing is stored of the time of the same length before");
    expect(text).toContain("of the days received 2026-01-02");
    expect(text).not.toContain("Change |");
  });

  it("is a page whose names are text, with every bin behind a percentile", () => {
    const page = reportHtml(REPORT);
    expect(page).toContain("&lt;b&gt;|x");
    expect(page).not.toContain("<b>");
    expect(page.match(/<tr class="top">/g)).toHaveLength(1);
    expect(page).toContain("at most 30 bit/s at 1970-01-01 00:05 UTC");
  });
});
