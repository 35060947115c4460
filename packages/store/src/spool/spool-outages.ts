import type { Log } from "@ngflow/base";
import { Outage } from "../outage.ts";

/** What may keep a spool from taking or writing rows, for its log. */
export interface SpoolOutages {
  readonly directoryFull: Outage;
  readonly memoryFull: Outage;
  readonly cannotWrite: Outage;
}

export function spoolOutages(log: Log): SpoolOutages {
  return {
    directoryFull: new Outage(log, {
      started: "spool: full, rows are refused until a store takes blocks; start ngflow serve or raise the bound",
      lasts: "spool: still full, rows are refused",
      ended: "spool: has room again, rows are taken",
    }),
    memoryFull: new Outage(log, {
      started: "spool: blocks are not written fast enough, rows are refused",
      lasts: "spool: blocks are still not written fast enough, rows are refused",
      ended: "spool: blocks are written again, rows are taken",
    }),
    cannotWrite: new Outage(log, {
      started: "spool: cannot write a block; trying again",
      lasts: "spool: still cannot write a block; trying again",
      ended: "spool: writes succeed again",
    }),
  };
}
