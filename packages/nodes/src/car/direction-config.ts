import { NgError } from "@ngflow/graph";
import type { DirectionConfig } from "./car-types.ts";

/** Values of `mode`. */
export const SINGLE_RATE = 0;
export const DOUBLE_RATE = 1;
export const RED_DROP = 2;
export const SHAPE = 3;

/** Bit of `opt`: rates and bursts are packets, not bits and bytes. */
export const COUNT_PACKETS = 2;

/** Values of the actions that do not drop. */
export const FORWARD = 1;
export const MARK = 3;

const MAX_RATE = 1_000_000_000n;

/** What a direction of a new node has. */
export const NEW_DIRECTION: DirectionConfig = {
  cbs: 8192n,
  ebs: 8192n,
  cir: 10_240n,
  pir: 0n,
  greenAction: FORWARD,
  yellowAction: FORWARD,
  redAction: 2,
  mode: SINGLE_RATE,
  opt: 0,
};

export function countsPackets({ opt }: Pick<DirectionConfig, "opt">): boolean {
  return (opt & COUNT_PACKETS) !== 0;
}

/** Every number multiplied, modulo 2^64 as in the kernel. */
function scaled(config: DirectionConfig, rate: bigint, burst: bigint): DirectionConfig {
  const by = (value: bigint, factor: bigint): bigint => BigInt.asUintN(64, value * factor);
  const { cir, pir, cbs, ebs } = config;
  return { ...config, cir: by(cir, rate), pir: by(pir, rate), cbs: by(cbs, burst), ebs: by(ebs, burst) };
}

/**
 * Settings as the buckets use them: where packets are counted, rates become 1024ths of packets per second. Bursts are
 * taken by 125 and read back by 128, as in the kernel: a burst of 100 packets reads as 97.
 */
export function internalConfig(wanted: DirectionConfig): DirectionConfig {
  return countsPackets(wanted) ? scaled(wanted, 1024n, 125n) : wanted;
}

/** Settings as getconf reports them, from those of `internalConfig`. */
export function reportedConfig(config: DirectionConfig): DirectionConfig {
  if (!countsPackets(config)) return config;
  const { cir, pir, cbs, ebs } = config;
  return { ...config, cir: cir / 1024n, pir: pir / 1024n, cbs: cbs / 128n, ebs: ebs / 128n };
}

/** Checks settings of `internalConfig`. @throws NgError EINVAL. */
export function checkConfig({ cir, pir, cbs, ebs, mode }: DirectionConfig): void {
  const noBurst = cbs === 0n && ebs === 0n;
  if (cir > MAX_RATE || pir > MAX_RATE || noBurst || (mode === SHAPE && cir === 0n)) throw new NgError("EINVAL");
}
