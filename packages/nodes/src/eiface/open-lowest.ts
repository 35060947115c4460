import { E, type Log } from "@ngflow/base";
import { NgError } from "@ngflow/graph";
import type { HostInterface, HostInterfaceKind, OpenHostInterface } from "./host-interface.ts";

/** Names that are tried; the unit number of a real system is bounded too. */
const MAX_UNITS = 4096;

/**
 * Makes the interface `<prefix><N>` with the lowest N that is free. A refusal of the system is logged with its reason.
 * @throws NgError EPERM without CAP_NET_ADMIN, ENOMEM when no number is free, or the system's refusal.
 */
export function openLowest(
  open: OpenHostInterface,
  prefix: string,
  kind: HostInterfaceKind,
  log: Pick<Log, "error">,
): HostInterface {
  for (let n = 0; n < MAX_UNITS; n++) {
    try {
      return open(`${prefix}${n}`, kind);
    } catch (error) {
      if (!(error instanceof NgError)) throw error;
      if (error.errno === E.EEXIST) continue;
      if (error.cause instanceof Error) log.error({}, error.cause.message);
      throw error;
    }
  }
  throw new NgError("ENOMEM");
}
