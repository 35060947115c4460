// A collector with a socket of its own, in a process of its own: started by sockets.mjs with a channel.
import { createCollector } from "@ngflow/collector";
import { settledBytes } from "./memory.mjs";

/** How long the decoder may take for what the flood left, on a loaded machine. */
const DRAIN_MS = 120_000;

const errors = [];
const collector = createCollector(
  { listen: [{ host: "127.0.0.1", port: 0 }] },
  {
    sink: { write: (batch) => batch.rows },
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    log: {
      info: () => {},
      warn: () => {},
      error: ({ err }, message) => errors.push(`${message}: ${err?.stack ?? err}`),
    },
  },
);
await collector.start();
process.on("message", async () => {
  // What was received and waits for the decoder is late, not lost.
  const untilMs = performance.now() + DRAIN_MS;
  do await collector.drain();
  while (collector.counters().ringBytes > 0 && performance.now() < untilMs);
  process.send({ counters: collector.counters(), exporters: collector.exporters(), errors, bytes: settledBytes() });
});
process.on("disconnect", () => process.exit(0));
process.send({ port: collector.listening()[0].port });
