import type { Arena } from "./arena.ts";
import { FlowTable } from "./flow-table.ts";
import { ENDED_MAX } from "../wasm/meter-layout.ts";

/**
 * Flows that the WebAssembly meter has ended by FIN or RST and taken out of the tables: copies of their records, in the
 * order in which they are to be exported. Flow i of either family is record i + 1 of its table here.
 */
export class EndedFlows {
  readonly table4: FlowTable;
  readonly table6: FlowTable;
  /** By flow: 1 for IPv6. */
  readonly families: Uint8Array;

  /** @param arena has room for `arenaBytes` */
  constructor(arena: Arena) {
    this.table4 = new FlowTable(4, ENDED_MAX, arena);
    this.table6 = new FlowTable(10, ENDED_MAX, arena);
    this.families = arena.bytes(ENDED_MAX);
  }

  static arenaBytes(): number {
    return FlowTable.arenaBytes(4, ENDED_MAX) + FlowTable.arenaBytes(10, ENDED_MAX) + ENDED_MAX;
  }
}
