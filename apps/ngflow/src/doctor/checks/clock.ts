import { isClockSynchronised } from "@ngflow/os";
import { type Finding, ok, warning } from "../finding.ts";

/** Before ngflow was written. */
const EARLIEST_MS = Date.parse("2025-01-01T00:00:00Z");

export function lookAtClock(): readonly Finding[] {
  const now = new Date().toISOString().slice(0, 19);
  if (Date.now() < EARLIEST_MS) return [warning(`the clock says ${now}Z`, "set the clock: sudo date -s …")];
  const synchronised = isClockSynchronised();
  if (synchronised === undefined) return [];
  return synchronised
    ? [ok(`the clock is kept in step with others (${now}Z)`)]
    : [
        warning(
          "nothing keeps the clock in step: times of exporters may not fit",
          "sudo apt-get install chrony, or timedatectl set-ntp true",
        ),
      ];
}
