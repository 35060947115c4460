import type { BlockFile } from "./block-file.ts";

/**
 * A round takes so many blocks at most, so that it soon looks for new ones; of these so many are the newest, so that
 * what comes now is seen while a long backlog is caught up with.
 */
const ROUND_BLOCKS = 64;
const ROUND_NEWEST = 16;

/** The blocks of a round; all of them are oldest first. */
export function inTurn(blocks: readonly BlockFile[]): readonly BlockFile[] {
  if (blocks.length <= ROUND_BLOCKS) return blocks;
  return [...blocks.slice(-ROUND_NEWEST), ...blocks.slice(0, ROUND_BLOCKS - ROUND_NEWEST)];
}
