import { NodesError } from "../../errors.ts";
import { adviseHugePages } from "@ngflow/os";
import { Arena } from "./cache/arena.ts";
import { EndedFlows } from "./cache/ended-flows.ts";
import { FlowTable, MAX_RECORDS } from "./cache/flow-table.ts";
import { Timeouts } from "./expiry/timeouts.ts";
import { PacketWindow } from "./wasm/packet-window.ts";

/** A smaller cache is not worth the 10 GB of address space that a WebAssembly memory takes. */
const WASM_FLOWS = 16_384;
/**
 * The records of a larger cache ask for huge pages, as large indexes always do. At that size misses in the processor's
 * page tables cost as much as those in its caches; below, a short run loses more by the clearing of huge pages than it
 * gains.
 */
const SMALL_PAGES_FLOWS = 2_097_152;
/** Columns of a group of packets, and what the WebAssembly meter needs in addition to the tables. */
const COLUMN_BYTES = 1 << 19;
/** Packets of a file that are being metered. */
export const WINDOW_BYTES = 1 << 21;

/** Memory for tables of so many flows, and for columns. @throws NodesError when there is none, or for a bad number. */
export function createArena(maxFlows: number): Arena {
  if (!Number.isInteger(maxFlows) || maxFlows < 1 || maxFlows > MAX_RECORDS) {
    throw new NodesError("netflow-max-flows", `max-flows is ${maxFlows}; give a whole number from 1 to ${MAX_RECORDS}`);
  }
  const bytes =
    FlowTable.arenaBytes(4, maxFlows) +
    FlowTable.arenaBytes(10, maxFlows) +
    COLUMN_BYTES +
    EndedFlows.arenaBytes() +
    Timeouts.arenaBytes();
  const packets = PacketWindow.arenaBytes(WINDOW_BYTES);
  const linear = maxFlows < WASM_FLOWS ? undefined : Arena.linear(bytes + packets);
  if (linear !== undefined && maxFlows > SMALL_PAGES_FLOWS) adviseHugePages(new Uint8Array(linear.buffer));
  try {
    return linear ?? Arena.plain(bytes);
  } catch (cause) {
    throw new NodesError("netflow-memory", `no address space for a cache of ${maxFlows} flows; set max-flows lower`, {
      cause,
    });
  }
}
