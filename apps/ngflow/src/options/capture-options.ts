import { InvalidArgumentError, Option } from "commander";

const RING_MIB_MAX = 2048;
const SNAP_LENGTH_MIN = 64;
const SNAP_LENGTH_MAX = 262_144;

/** How interfaces are captured; every value has a default. */
export interface CaptureOptions {
  /** MiB of each ring. */
  readonly ring?: number;
  /** Bytes captured of each frame. */
  readonly snapLength?: number;
  readonly filter?: string;
  /** Whether a frame that an offload merged or has not cut yet counts as its segments. */
  readonly segments?: "on" | "off";
}

/** @throws InvalidArgumentError unless the text is a whole number within the bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`give a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** The options of the commands that capture. */
export const captureOptions = {
  ring: () =>
    new Option("--ring <MiB>", "memory in which the kernel keeps frames, for each ring (default 32)").argParser(
      wholeNumber(1, RING_MIB_MAX),
    ),
  snapLength: () =>
    new Option("--snap-length <bytes>", "capture no more of each frame (default: all of it)").argParser(
      wholeNumber(SNAP_LENGTH_MIN, SNAP_LENGTH_MAX),
    ),
  segments: () =>
    new Option(
      "--segments <choice>",
      "count the segments of frames that an offload merged (default: on where hardware sends the frames)",
    ).choices(["on", "off"]),
  filter: () =>
    new Option("--filter <expression>", "let the kernel choose frames: an expression or program of tcpdump"),
} as const;
