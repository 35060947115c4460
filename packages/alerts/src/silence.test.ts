import { describe, expect, test } from "vitest";
import { isSilent, type Silence, silenceWindowSchema } from "./silence.ts";

const alert = { rule: "scan", labels: { team: "noc" }, group: { SrcAddr: "10.0.0.9", DstPort: 443 } };
const at = (text: string): number => Date.parse(text);

describe("silences", () => {
  test("a window over midnight begins on its days, in its zone", () => {
    const nights = silenceWindowSchema.parse({ days: ["fri"], from: "22:00", to: "06:00", zone: "Europe/Berlin" });
    const silent = (text: string): boolean => isSilent(alert, [nights], [], at(text));
    // 2026-07-10 is a Friday; Berlin is two hours ahead of UTC then.
    expect(silent("2026-07-10T19:59:00Z")).toBe(false);
    expect(silent("2026-07-10T20:00:00Z")).toBe(true);
    expect(silent("2026-07-11T03:59:00Z")).toBe(true);
    expect(silent("2026-07-11T04:00:00Z")).toBe(false);
    expect(silent("2026-07-11T20:30:00Z")).toBe(false);
    expect(silent("2026-07-10T01:00:00Z")).toBe(false);
  });

  test("a silence is of the rules, labels and columns that it names, and of its time", () => {
    const silence = (change: Partial<Silence>): boolean => {
      const whole = { id: "1", rules: [], match: {}, fromMs: 1000, toMs: 2000, comment: "", by: null };
      return isSilent(alert, [], [{ ...whole, ...change }], 1500);
    };
    expect(silence({})).toBe(true);
    expect(silence({ toMs: 1500 })).toBe(false);
    expect(silence({ rules: ["other"] })).toBe(false);
    expect(silence({ rules: ["scan"], match: { SrcAddr: "10.0.0.9", DstPort: "443", team: "noc" } })).toBe(true);
    expect(silence({ match: { SrcAddr: "10.0.0.8" } })).toBe(false);
  });
});
