import { expect, it } from "vitest";
import { bytes, ipfix, set, template, v5, v9 } from "../testing/index.ts";
import { datagramEnd } from "./split-datagrams.ts";

const record = {
  source: [10, 0, 0, 1],
  destination: [10, 0, 0, 2],
  packets: 1,
  octets: 2,
  first: 3,
  last: 4,
  sourcePort: 5,
  destinationPort: 6,
  protocol: 17,
} as const;

const parts = [
  v5({}, [record, record]),
  v9({}, set(0, template(256, [[8, 4]])), set(256, bytes([1, 4]))),
  v9({}, set(256, bytes([1, 4]))),
  ipfix({}, set(2, template(256, [[8, 4]]))),
  v5({}, [record]),
];

it("splits datagrams that follow one another", () => {
  const all = bytes(...parts);
  const found: Uint8Array[] = [];
  for (let o = 0; o < all.length;) {
    const end = datagramEnd(all, o);
    expect(end).toBeGreaterThan(o);
    found.push(all.slice(o, end));
    o = end;
  }
  expect(found).toEqual(parts);
});

it("ends with the file where a datagram claims more", () => {
  for (const part of parts) {
    for (let cut = 1; cut < part.length; cut++) expect(datagramEnd(part.slice(0, cut), 0)).toBe(cut);
  }
});
