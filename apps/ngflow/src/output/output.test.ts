import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatCsv, formatNdjson } from "./format.ts";
import { formatTable } from "./table.ts";
import { humanNumber } from "./units.ts";

const columns = ["Proto", "SrcPort", "bytes"];
const rows = [
  { Proto: "tcp", SrcPort: 80, bytes: 1_234_567 },
  { Proto: "ipv6-icmp", SrcPort: 0, bytes: "18446744073709551615" },
  { Proto: null, SrcPort: null, bytes: 5 },
];

describe("table", () => {
  it("aligns, exact off a terminal", () => {
    expect(formatTable(columns, rows, { human: false })).toBe(
      [
        "Proto      SrcPort                 bytes",
        "tcp        80                    1234567",
        "ipv6-icmp  0        18446744073709551615",
        "(other)    (other)                     5",
        "",
      ].join("\n"),
    );
  });

  it("shortens amounts, not codes, on a terminal", () => {
    expect(formatTable(columns, rows.slice(0, 2), { human: true })).toBe(
      ["Proto      SrcPort    bytes", "tcp             80  1.23 MB", "ipv6-icmp        0  18.4 EB", ""].join("\n"),
    );
  });

  it("is its heading without rows", () => expect(formatTable(columns, [], { human: false })).toBe("Proto  SrcPort  bytes\n"));

  it("rounds rates to thousandths off a terminal", () => {
    expect(formatTable(["bps"], [{ bps: 1 / 3 }, { bps: 2 }], { human: false })).toBe("  bps\n0.333\n    2\n");
    // The previous range has the unit of its metric.
    expect(formatTable(["bytes", "previous"], [{ bytes: 2500, previous: 1_230_000 }], { human: true })).toBe(
      "  bytes  previous\n2.50 kB   1.23 MB\n",
    );
  });
});

describe("human numbers", () => {
  it.each([
    ["bytes", 0, "0 B"],
    ["bytes", 999, "999 B"],
    ["bytes", 999.7, "1.00 kB"],
    ["bytes", 1000, "1.00 kB"],
    ["bytes", 999_499, "999 kB"],
    ["bytes", 999_500, "1.00 MB"],
    ["bps", 0.25, "0.250 bit/s"],
    ["bps", 1e9, "1.00 Gbit/s"],
    ["pps", 42, "42/s"],
    ["pps", 4200, "4.20 k/s"],
    ["packets", 12_345, "12.3 k"],
    ["flows", 7, "7"],
    ["bpp", 248.9714952492082, "249 B"],
  ])("%s %d is %s", (column, value, text) => expect(humanNumber(column, value)).toBe(text));

  it("keeps three digits of any amount", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const match = /^([\d.]+) ?([kMGTPE]?)B$/.exec(humanNumber("bytes", value));
        const shown = Number(match![1]) * 1000 ** " kMGTPE".indexOf(match![2] || " ");
        expect(Math.abs(shown - value)).toBeLessThanOrEqual(value * 0.005 + 1e-9);
      }),
    );
  });
});

describe("csv and ndjson", () => {
  it("quotes what needs it; null is empty", () => {
    expect(formatCsv(["a", "b"], [{ a: 'say "x", y', b: null }, { a: 1, b: "z" }])).toBe('a,b\n"say ""x"", y",\n1,z\n');
  });

  it("rounds fractions to thousandths in CSV, not in JSON", () => {
    expect(formatCsv(["bps"], [{ bps: 181.36666666666667 }, { bps: 2 }])).toBe("bps\n181.367\n2\n");
    expect(formatNdjson([{ bps: 181.36666666666667 }])).toBe('{"bps":181.36666666666667}\n');
  });

  it("writes an object a line", () => expect(formatNdjson([{ a: 1 }, { a: null }])).toBe('{"a":1}\n{"a":null}\n'));
});
