import { geoNaturalEarth1, geoPath } from "d3-geo";
import { iso31661NumericToAlpha2 } from "iso-3166";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import atlas from "world-atlas/countries-110m.json";

/** A country as a shape of the map. */
export interface Shape {
  /** ISO 3166-1 alpha-2; null for a land that has none. */
  readonly code: string | null;
  /** Of an SVG of `WIDTH` by `HEIGHT`. */
  readonly path: string;
}

export const WIDTH = 960;
export const HEIGHT = 480;

/** Every land of Natural Earth's map 1:110m. It is loaded when a map is shown. */
export const WORLD: readonly Shape[] = shapes();

function shapes(): Shape[] {
  const topology = atlas as unknown as Topology<{ countries: GeometryCollection }>;
  const { features } = feature(topology, topology.objects.countries);
  const path = geoPath(
    geoNaturalEarth1().fitExtent(
      [
        [2, 2],
        [WIDTH - 2, HEIGHT - 2],
      ],
      { type: "Sphere" },
    ),
  ).digits(1);
  const codes: Readonly<Record<string, string | undefined>> = iso31661NumericToAlpha2;
  // Antarctica sends little, and takes a fifth of the map.
  return features.flatMap((land) => {
    const code = codes[String(land.id).padStart(3, "0")] ?? null;
    const drawn = code === "AQ" ? null : path(land);
    return drawn ? [{ code, path: drawn }] : [];
  });
}
