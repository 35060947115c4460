import { expect, test } from "vitest";
import { PALETTES } from "../../theme/palette.ts";
import { mapPicture } from "./map-picture.ts";
import { heatmapPicture, mixed, svgOf } from "./picture.ts";

test("the country with the most has the deepest colour, one without traffic the least", () => {
  const { shapes } = mapPicture(new Map([["DE", 100]]), "light", "0 – 100 B");
  const fills = new Map<string, number>();
  for (const { fill } of shapes) fills.set(fill, (fills.get(fill) ?? 0) + 1);
  expect([...fills.keys()].sort()).toEqual(["#1f66b0", "#f1f3f7"]);
  expect(fills.get("#f1f3f7")).toBeGreaterThan(100);
});

test("a heatmap has a cell for each hour of the week; what is not recorded is empty, not zero", () => {
  const rows = Array.from({ length: 7 }, (_, day) =>
    Array.from({ length: 24 }, (_, hour) => ({ value: day === 0 ? hour : null, hours: day === 0 ? 1 : 0 })),
  );
  const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "<Sun>"];
  const picture = heatmapPicture({ rows, most: 23 }, days, "dark", "0 – 23");
  expect(picture.shapes.map(({ fill }) => fill).slice(0, 24)).toEqual(
    Array.from({ length: 24 }, (_, hour) => mixed(["#1d242d", "#6cb0f2"], hour / 23)),
  );
  expect(new Set(picture.shapes.slice(24).map(({ fill }) => fill))).toEqual(new Set([PALETTES.dark.surface]));
  const svg = svgOf(picture);
  expect([svg.match(/<path /g)?.length, svg.match(/<text /g)?.length]).toEqual([168, 24 + 7 + 1]);
  expect(svg).toContain("&#60;Sun&#62;");
});
