import type { Palette } from "./palette.ts";

/** Key of the group that sums what has no place of its own. */
export const OTHERS = "others";

/**
 * Places in the palette of values that mean the same everywhere: protocols, address families, directions, services.
 * Nothing else takes such a place in the same chart.
 */
const FIXED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  Proto: { tcp: 0, udp: 1, icmp: 2, "ipv6-icmp": 3, gre: 4, esp: 5, ospf: 6, sctp: 7 },
  IpVersion: { "4": 0, "6": 1 },
  Direction: { ingress: 0, egress: 1, in: 0, out: 1, "0": 0, "1": 1 },
  Side: { client: 0, server: 1 },
  Way: { "from-low": 0, "from-high": 1 },
};
/** Services, of any column of ports. */
const SERVICES: Readonly<Record<string, number>> = {
  "443": 0,
  "53": 1,
  "80": 2,
  "22": 3,
  "123": 4,
  "25": 5,
  "8080": 6,
  "3389": 7,
  "445": 8,
  "993": 9,
};

function fixedPlace(dimension: string, value: string): number | undefined {
  const table = dimension.endsWith("Port") ? SERVICES : FIXED[dimension];
  return table && Object.hasOwn(table, value) ? table[value] : undefined;
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** A group: its values by dimension, as text. */
export interface ColouredGroup {
  readonly key: string;
  readonly values: Readonly<Record<string, string | number | null>>;
}

/**
 * A place in the palette for each group that is shown, of `places`. Values with a meaning have theirs, others that
 * of their hash; of two with one place the one whose key is later in the alphabet gets the next free one. Ranks do not
 * matter, so that a colour is the same after a reload and in every range.
 */
export function placesOf(groups: readonly ColouredGroup[], places: number): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const taken = new Set<number>();
  const rest: string[] = [];
  for (const { key, values } of groups) {
    if (key === OTHERS) continue;
    const known = Object.entries(values).filter((entry) => entry[1] !== null);
    const place = known.length === 1 ? fixedPlace(known[0]![0], String(known[0]![1])) : undefined;
    if (place === undefined) {
      rest.push(key);
      continue;
    }
    found.set(key, place % places);
    taken.add(place % places);
  }
  for (const key of rest.sort()) {
    let place = hashOf(key) % places;
    for (let tries = 0; taken.has(place) && tries < places; tries++) place = (place + 1) % places;
    found.set(key, place);
    taken.add(place);
  }
  return found;
}

/** Colour of a group by its place; grey for the others. */
export function colourOf(palette: Palette, places: ReadonlyMap<string, number>, key: string): string {
  if (key === OTHERS) return palette.others;
  return palette.series[(places.get(key) ?? 0) % palette.series.length]!;
}
