import { isOrphan, isSupervised } from "./parent.ts";

/**
 * Resolves at the first SIGINT or SIGTERM, or when the parent that started this process is gone. A process with such a
 * parent leaves both signals to it: a terminal sends Ctrl-C to all processes, a service manager SIGTERM, and the parent
 * stops them in order. The kernel sends SIGTERM when the parent has ended (`followParent`).
 */
export function stopRequested(): Promise<string> {
  return new Promise((resolve) => {
    const stop = (signal: string): void => {
      if (!isSupervised()) resolve(signal);
    };
    // Not `once`: a second Ctrl-C while flows are being saved must not lose them.
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
    process.on("disconnect", () => resolve("parent gone"));
    if (isOrphan()) resolve("parent gone");
  });
}
