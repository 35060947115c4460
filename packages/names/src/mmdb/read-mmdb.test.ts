import { isMappedIpv4, parseIp, u32be } from "@ngflow/base";
import { describe, expect, it } from "vitest";
import { asOf, placeOf } from "./record-facts.ts";
import { type Mmdb, readMmdb } from "./read-mmdb.ts";
import { writeMmdb } from "./testing/write-mmdb.ts";

function find({ ranges, record }: Mmdb, text: string) {
  const address = parseIp(text)!;
  const word = (i: number): number => u32be(address, 4 * i);
  return record(isMappedIpv4(address) ? ranges.find4(word(3)) : ranges.find6(word(0), word(1), word(2), word(3)));
}

const TOKYO = {
  country: { iso_code: "JP" },
  subdivisions: [{ names: { en: "Tokyo" } }],
  city: { names: { en: "Chiyoda" } },
};
const CLOUD = { autonomous_system_number: 4_200_000_001, autonomous_system_organization: "Example Cloud" };
const FILE = [
  { prefix: "192.0.2.0/25", record: TOKYO },
  { prefix: "192.0.2.128/25", record: CLOUD },
  { prefix: "2001:db8::/33", record: CLOUD },
  { prefix: "2001:db8:8000::/33", record: TOKYO },
];

describe.each([24, 28, 32] as const)("an MMDB file with records of %i bits", (recordBits) => {
  it("has the records of its prefixes", async () => {
    const mmdb = await readMmdb(writeMmdb(FILE, { recordBits }));
    expect([mmdb.records, mmdb.prefixes, mmdb.builtAt]).toStrictEqual([2, 4, 1_780_000_000]);
    expect(placeOf(find(mmdb, "192.0.2.127"))).toStrictEqual({ country: "JP", state: "Tokyo", city: "Chiyoda" });
    expect(asOf(find(mmdb, "192.0.2.128"))).toStrictEqual({ number: 4_200_000_001, name: "Example Cloud" });
    expect(asOf(find(mmdb, "2001:db8:7fff:ffff::1")).number).toBe(4_200_000_001);
    expect(placeOf(find(mmdb, "2001:db8:8000::")).city).toBe("Chiyoda");
    for (const unknown of ["192.0.1.255", "192.0.3.0", "2001:db7::", "2001:db9::", "::1"])
      expect(find(mmdb, unknown)).toStrictEqual({});
  });
});

describe("a damaged MMDB file", () => {
  it("is refused wherever it is cut", async () => {
    const bytes = writeMmdb(FILE);
    for (let end = 0; end < bytes.length - 1; end += 7) {
      await expect(readMmdb(bytes.subarray(0, end)).then((mmdb) => mmdb.record(1))).rejects.toThrow(/MMDB/);
    }
  });

  it("is refused or read, but never hangs or throws another error, whatever a byte is", async () => {
    const bytes = writeMmdb(FILE);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 0xff;
      const read = async (): Promise<void> => {
        const mmdb = await readMmdb(damaged);
        for (let number = 1; number <= mmdb.records; number++) placeOf(mmdb.record(number));
      };
      await read().catch((error: { code?: string }) => expect(error.code).toBe("names-invalid"));
    }
  });

  it("with a loop in its tree is refused", async () => {
    const bytes = writeMmdb(FILE, { recordBits: 24 });
    bytes.writeUIntBE(0, 3, 3);
    await expect(readMmdb(bytes)).rejects.toThrow(/tree/);
  });
});

describe("records of IPinfo", () => {
  it("have AS and country, too", () => {
    const record = { asn: "AS64500", as_name: "Example", country_code: "jp", region: "Tokyo", city: "Chiyoda" };
    expect(asOf(record)).toStrictEqual({ number: 64_500, name: "Example" });
    expect(placeOf(record)).toStrictEqual({ country: "JP", state: "Tokyo", city: "Chiyoda" });
  });
});
