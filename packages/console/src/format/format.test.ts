import fc from "fast-check";
import { expect, test } from "vitest";
import { dimensionText } from "./dimension.ts";
import { compact, exact, metricValue, percent, siParts } from "./number.ts";
import { ago, duration, flowDuration } from "./time.ts";

const plain = (text: string): string => text.replaceAll("\u202f", " ");

test.each([
  [0, "0"],
  [7, "7"],
  [0.256, "0.26"],
  [999, "999"],
  [999.6, "1.00 k"],
  [1234, "1.23 k"],
  [12_345, "12.3 k"],
  [123_456, "123 k"],
  [999_950, "1.00 M"],
  [-1500, "−1.50 k"],
  [4.2e18, "4.20 E"],
  [Number.NaN, "0"],
])("compact %d is %s", (value, text) => {
  expect(plain(compact(value))).toBe(text);
});

test("three significant digits keep a number within half a percent", () => {
  fc.assert(
    fc.property(fc.double({ min: 10, max: 9e17, noNaN: true }), (value) => {
      const { digits, prefix } = siParts(value);
      const back = Number(digits) * 1000 ** ["", "k", "M", "G", "T", "P", "E"].indexOf(prefix);
      expect(Math.abs(back - value) / value).toBeLessThan(0.0051);
      expect(digits.replace(".", "").length).toBeLessThanOrEqual(4);
    }),
  );
});

test("units", () => {
  expect(plain(metricValue("bps", 12_345_678))).toBe("12.3 Mbit/s");
  expect(plain(metricValue("pps", 850))).toBe("850 pkt/s");
  expect(plain(metricValue("bytes", 1_500_000))).toBe("1.50 MB");
  expect(plain(metricValue("flows", 1))).toBe("1 flow");
  expect(plain(metricValue("flows", 1200))).toBe("1.20 k flows");
  expect(exact(1_234_567)).toBe("1,234,567");
  expect(plain(percent(1, 3))).toBe("33.3 %");
  expect(plain(percent(1, 1_000_000))).toBe("<0.1 %");
  expect(percent(1, 0)).toBe("");
});

test("times", () => {
  expect(ago(1000, 2000)).toBe("now");
  expect(ago(0, 45_000)).toBe("45 s ago");
  expect(ago(0, 600_000)).toBe("10 min ago");
  expect(ago(0, 7_200_000)).toBe("2 h ago");
  expect(duration(350)).toBe("350 ms");
  expect(duration(4200)).toBe("4.2 s");
  expect(duration(5000)).toBe("5 s");
  expect(duration(185_000)).toBe("3 min 5 s");
  expect(duration(7_800_000)).toBe("2 h 10 min");
  expect([350, 2000, 2100, 185_000].map(flowDuration)).toEqual(["350 ms", "2.0 s", "2.1 s", "3 min 5 s"]);
});

test("values of dimensions", () => {
  expect(dimensionText("Proto", "tcp")).toBe("TCP");
  expect(dimensionText("Proto", "200")).toBe("protocol 200");
  expect(dimensionText("DstPort", 443)).toBe("443 https");
  expect(dimensionText("DstPort", 3478)).toBe("3478 stun");
  expect(dimensionText("DstPort", 40_000)).toBe("40000");
  expect(dimensionText("DstPort", 0)).toBe("-");
  expect(dimensionText("InIf", 2)).toBe("interface 2");
  expect(dimensionText("SrcAddr", null)).toBe("others");
});
