/**
 * Resolves at the first SIGINT or SIGTERM, or when the parent that started this process is gone. A process with such a
 * parent leaves SIGINT to it: a terminal sends Ctrl-C to both, and the parent stops them in order.
 */
export function stopRequested(): Promise<string> {
  return new Promise((resolve) => {
    // Not `once`: a second Ctrl-C while flows are being saved must not lose them.
    process.on("SIGTERM", () => resolve("SIGTERM"));
    process.on("SIGINT", () => {
      if (!process.connected) resolve("SIGINT");
    });
    if (process.connected) process.on("disconnect", () => resolve("parent gone"));
  });
}
