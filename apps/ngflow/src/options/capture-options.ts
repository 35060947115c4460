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
  /** Whether a frame that an offload merged or has not segmented yet counts as its segments. */
  readonly segments?: "on" | "off";
}

/** @throws InvalidArgumentError unless the text is a whole number within the bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** The options of the commands that capture. */
export const captureOptions = {
  ring: () =>
    new Option("--ring <MiB>", "size of each capture ring (default 32)").argParser(wholeNumber(1, RING_MIB_MAX)),
  snapLength: () =>
    new Option("--snap-length <bytes>", "capture at most this many bytes of each frame (default: all)").argParser(
      wholeNumber(SNAP_LENGTH_MIN, SNAP_LENGTH_MAX),
    ),
  segments: () =>
    new Option(
      "--segments <choice>",
      "count the segments of frames merged by an offload (default: on if the interface is hardware)",
    ).choices(["on", "off"]),
  filter: () =>
    new Option("--filter <expression>", "capture only matching frames: a tcpdump expression or compiled program"),
} as const;
