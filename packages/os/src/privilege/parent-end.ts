import { constants } from "node:os";
import { hasLibc, libc } from "../libc.ts";

/** linux/prctl.h. */
const PR_SET_PDEATHSIG = 1;

/**
 * Lets the kernel send this process a signal when the parent thread that forked it ends (prctl(2),
 * PR_SET_PDEATHSIG). Of use only in the main thread. execve(2) keeps it, unless the program gives other privileges; a
 * change of user or group resets it. A parent that ended earlier is not noticed: compare the parent's id afterwards.
 * Does nothing elsewhere than on Linux.
 */
export function signalAtParentEnd(signal: NodeJS.Signals): void {
  if (hasLibc()) libc().prctl(PR_SET_PDEATHSIG, constants.signals[signal], 0, 0, 0);
}
