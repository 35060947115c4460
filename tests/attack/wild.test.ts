import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../support/command.ts";
import { attacks, type Attack } from "./support/attack.ts";
import { NGFLOW } from "./support/target.ts";

const LIMIT_MS = 120_000;
const FRAME_BYTES = 54;

/** A capture of one UDP packet again and again, at times in seconds. */
function capture(times: readonly number[]): Buffer {
  const file = Buffer.alloc(24 + times.length * (16 + FRAME_BYTES));
  file.writeUInt32LE(0xa1b2c3d4, 0);
  file.writeUInt16LE(2, 4);
  file.writeUInt16LE(4, 6);
  file.writeUInt32LE(0xffff, 16);
  file.writeUInt32LE(1, 20);
  times.forEach((time, i) => {
    const at = 24 + i * (16 + FRAME_BYTES);
    [time, 0, FRAME_BYTES, FRAME_BYTES].forEach((value, n) => file.writeUInt32LE(value, at + 4 * n));
    const frame = file.subarray(at + 16, at + 16 + FRAME_BYTES);
    frame.fill(2, 0, 12);
    frame.writeUInt16BE(0x0800, 12);
    [0x4500, 40, 1, 0, 0x4011, 0, 1, 0, 2, 0, 1, 2, 20, 0].forEach((value, n) =>
      frame.writeUInt16BE(value, 14 + 2 * n),
    );
    frame.fill(0x61, 42);
  });
  return file;
}

/** How long it takes to meter packets of these times. */
function secondsOf(folder: string, profile: string, times: readonly number[]): number {
  const file = join(folder, "wild.pcap");
  writeFileSync(file, capture(times));
  const fromMs = Date.now();
  const words = [...NGFLOW, "export", "-r", file, "--profile", profile, "--to", join(folder, "out.pcap")];
  const { status } = run(words, { timeoutMs: LIMIT_MS });
  return status === 0 ? (Date.now() - fromMs) / 1000 : Number.POSITIVE_INFINITY;
}

const PROFILES = { freebsd: Number.POSITIVE_INFINITY, modern: 0 } as const;

attacks(
  "wild",
  Object.entries(PROFILES).map(([profile, before]): Attack => ({
    name: profile,
    does: `four packets whose times are a day apart, metered with --profile ${profile}`,
    unit: "s more than tame",
    before,
    bar: 1,
    seconds: 150,
    run({ folder }) {
      const tame = secondsOf(folder, profile, [1, 2, 3, 4]);
      return Promise.resolve(Math.max(0, secondsOf(folder, profile, [1, 100_002, 200_003, 300_004]) - tame));
    },
  })),
);
