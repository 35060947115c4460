/** Resolves at the first SIGINT or SIGTERM, or when the parent that started this process is gone. */
export function stopRequested(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      // Not `once`: a second Ctrl-C while flows are being saved must not lose them.
      process.on(signal, () => resolve(signal));
    }
    if (process.connected) process.on("disconnect", () => resolve("parent gone"));
  });
}
