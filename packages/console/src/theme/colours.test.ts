import { expect, test } from "vitest";
import { colourOf, OTHERS, placesOf } from "./colours.ts";
import { PALETTES } from "./palette.ts";

const PLACES = PALETTES.light.series.length;
const groups = (dimension: string, ...values: (string | number)[]) =>
  values.map((value) => ({ key: String(value), values: { [dimension]: value } }));

test("a protocol has one colour, whatever its rank and whatever else is shown", () => {
  const one = placesOf(groups("Proto", "udp", "tcp", "icmp"), PLACES);
  const other = placesOf(groups("Proto", "47", "tcp", "udp"), PLACES);
  expect([one.get("tcp"), one.get("udp"), one.get("icmp")]).toEqual([0, 1, 2]);
  expect([other.get("tcp"), other.get("udp")]).toEqual([0, 1]);
  expect(placesOf(groups("DstPort", 443), PLACES).get("443")).toBe(placesOf(groups("SrcPort", 443), PLACES).get("443"));
});

test("other values have the colour of their hash, also in another order", () => {
  const hosts = ["10.0.0.1", "10.0.0.2", "2001:db8::1", "192.0.2.7", "198.51.100.9"];
  const one = placesOf(groups("SrcAddr", ...hosts), PLACES);
  const other = placesOf(groups("SrcAddr", ...hosts.toReversed()), PLACES);
  for (const host of hosts) expect(one.get(host)).toBe(other.get(host));
});

test("as many groups as hues all look different", () => {
  const keys = Array.from({ length: PLACES }, (_, i) => `10.0.0.${i}`);
  expect(new Set(placesOf(groups("SrcAddr", ...keys), PLACES).values()).size).toBe(PLACES);
  const many = placesOf(groups("SrcAddr", ...Array.from({ length: 50 }, (_, i) => i)), PLACES);
  for (const place of many.values()) expect(place).toBeLessThan(PLACES);
});

test("the others are grey", () => {
  expect(colourOf(PALETTES.dark, new Map(), OTHERS)).toBe(PALETTES.dark.others);
  for (const palette of Object.values(PALETTES))
    expect(new Set([...palette.series, palette.others]).size).toBe(PLACES + 1);
});
