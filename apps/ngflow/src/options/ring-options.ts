import type { PacketRingOptions } from "@ngflow/os";
import { captureFilter } from "./capture-filter.ts";
import type { CaptureOptions } from "./capture-options.ts";

const BLOCK_BYTES = 131_072;

/**
 * The ring options of the command line.
 * @throws NgflowError when the filter cannot be compiled.
 */
export function ringOptions(options: CaptureOptions): PacketRingOptions {
  const { ring, snapLength, filter, segments } = options;
  return {
    ...(ring === undefined ? {} : { blockSizeBytes: BLOCK_BYTES, blockCount: (ring << 20) / BLOCK_BYTES }),
    ...(snapLength === undefined ? {} : { snapLengthBytes: snapLength }),
    ...(segments === undefined ? {} : { countSegments: segments === "on" }),
    ...(filter === undefined ? {} : { filter: captureFilter(filter) }),
  };
}
