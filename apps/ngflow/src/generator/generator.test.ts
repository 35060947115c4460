import { seededRng, u16be } from "@ngflow/base";
import { describe, expect, it } from "vitest";
import { createGenerator } from "./generator.ts";

function digest(seed: number): { packets: number; bytes: number; hash: number; types: Set<number> } {
  const generator = createGenerator({ rng: seededRng(seed) });
  const out = { packets: 0, bytes: 0, hash: 0, types: new Set<number>() };
  for (let ms = 0; ms <= 10_000; ms += 20) {
    generator.advance(1_700_000_000_000 + ms, ({ received, sent }) => {
      for (const batch of [received, sent]) {
        for (let i = 0; i < batch.count; i++) {
          const frame = batch.packet(i);
          out.packets++;
          out.bytes += frame.length;
          out.types.add(u16be(frame, 12));
          for (const byte of frame.subarray(14, 60)) out.hash = (Math.imul(out.hash, 31) + byte) | 0;
        }
      }
    });
  }
  return out;
}

describe("generator", () => {
  it("makes the same packets from the same seed and others from another", () => {
    const first = digest(1);
    expect(digest(1)).toEqual(first);
    expect(digest(2).hash).not.toBe(first.hash);
    expect(first.packets).toBeGreaterThan(5_000);
    expect([...first.types].sort()).toEqual([0x0800, 0x86dd]);
  });

  it("writes IPv4 headers whose checksum verifies", () => {
    const generator = createGenerator({ rng: seededRng(3) });
    let checked = 0;
    for (let ms = 0; ms < 2000; ms += 20) {
      generator.advance(ms, ({ received }) => {
        for (let i = 0; i < received.count; i++) {
          const frame = received.packet(i);
          if (u16be(frame, 12) !== 0x0800) continue;
          let sum = 0;
          for (let j = 14; j < 34; j += 2) sum += u16be(frame, j);
          while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
          expect(sum).toBe(0xffff);
          expect(u16be(frame, 16) + 14).toBe(frame.length);
          checked++;
        }
      });
    }
    expect(checked).toBeGreaterThan(100);
  });
});
