import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseQuery } from "./parse-query.ts";
import { fromZone, isoTimeIn, zoneByName, zoneOffsetMs } from "./zone.ts";

const utc = (text: string): number => Date.parse(`${text}Z`);
const HOUR = 3_600_000;

describe("zones", () => {
  it("are those of the tz database", () => {
    expect(["Europe/Berlin", "asia/tokyo", "UTC", "America/Lima"].map(zoneByName)).toEqual([
      "Europe/Berlin",
      "Asia/Tokyo",
      "UTC",
      "America/Lima",
    ]);
    expect(["", "Mars/Base", "+01:00", "'; DROP", "Europe/Berlin'"].map(zoneByName)).toEqual(Array(5).fill(undefined));
  });

  it("have the offset of the time", () => {
    expect(zoneOffsetMs("Europe/Berlin", utc("2026-01-02T00:00:00"))).toBe(HOUR);
    expect(zoneOffsetMs("Europe/Berlin", utc("2026-07-02T00:00:00.999"))).toBe(2 * HOUR);
    expect(zoneOffsetMs("Asia/Kathmandu", utc("2026-01-02T00:00:00"))).toBe(5.75 * HOUR);
    expect(isoTimeIn("America/St_Johns", utc("2026-01-02T00:00:00"))).toBe("2026-01-01T20:30:00.000-03:30");
  });

  it("a local time that is there twice is the earlier one, one that is skipped is after the change", () => {
    expect(fromZone("Europe/Berlin", utc("2026-10-25T02:30:00"))).toBe(utc("2026-10-25T00:30:00"));
    expect(fromZone("Europe/Berlin", utc("2026-03-29T02:30:00"))).toBe(utc("2026-03-29T01:30:00"));
  });

  it("a time in a zone is that time again, whatever the zone", () => {
    const zones = fc.constantFrom("Europe/Berlin", "Asia/Tokyo", "America/New_York", "Australia/Lord_Howe", "UTC");
    fc.assert(
      fc.property(zones, fc.integer({ min: 0, max: 4e12 }), (zone, ms) => {
        expect(Date.parse(isoTimeIn(zone, ms))).toBe(ms);
        const local = ms + zoneOffsetMs(zone, ms);
        expect([ms, ms - HOUR, ms - HOUR / 2]).toContain(fromZone(zone, local));
      }),
    );
  });

  it("are of times without an offset, and only of those", () => {
    const range = (from: string, to: string): unknown[] => {
      const { fromMs, toMs, zone } = parseQuery({ from, to, zone: "asia/tokyo" }, 1e12);
      return [new Date(fromMs).toISOString(), new Date(toMs).toISOString(), zone];
    };
    expect(range("2026-01-02", "2026-01-02T10:00")).toEqual([
      "2026-01-01T15:00:00.000Z",
      "2026-01-02T01:00:00.000Z",
      "Asia/Tokyo",
    ]);
    expect(range("2026-01-02T00:00Z", "2026-01-02T10:00+01:00").slice(0, 2)).toEqual([
      "2026-01-02T00:00:00.000Z",
      "2026-01-02T09:00:00.000Z",
    ]);
    expect(() => parseQuery({ zone: "Mars/Base" }, 1e12)).toThrow("zone=Mars/Base: not a zone of the tz database");
  });
});
