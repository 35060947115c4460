import { closeSync, openSync } from "node:fs";
import { isatty } from "node:tty";
import { isOrphan, isSupervised } from "./parent.ts";

/** Descriptors of this process that are a terminal. */
const TERMINALS = [0, 1, 2].filter((fd) => isatty(fd));

/** Whether the terminal that this process was started on is gone: SIGHUP then says so, and asks for no reload. */
export function terminalIsGone(): boolean {
  if (TERMINALS.length === 0) return false;
  try {
    closeSync(openSync("/dev/tty", "r"));
    return false;
  } catch {
    return true;
  }
}

/** Lets go of a terminal that is gone: what is written to it is lost, and Node.js would abort at its end. */
function leaveTerminal(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  for (const fd of TERMINALS.splice(0)) {
    closeSync(fd);
    // The lowest descriptor that is free is this one.
    openSync("/dev/null", "r+");
  }
}

/**
 * Resolves at the first SIGINT or SIGTERM, when its terminal is closed, or when the parent that started this process is
 * gone. A process with such a parent leaves these signals to it: a terminal sends Ctrl-C to all processes, a service
 * manager SIGTERM, and the parent stops them in order. The kernel sends SIGTERM when the parent has ended
 * (`followParent`).
 */
export function stopRequested(): Promise<string> {
  return new Promise((resolve) => {
    const stop = (signal: string): void => {
      if (!isSupervised()) resolve(signal);
    };
    // Not `once`: a second Ctrl-C while flows are being saved must not lose them.
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
    process.on("SIGHUP", (signal) => {
      if (!terminalIsGone()) return;
      leaveTerminal();
      stop(signal);
    });
    process.on("disconnect", () => resolve("parent gone"));
    if (isOrphan()) resolve("parent gone");
  });
}
