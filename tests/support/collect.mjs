// Runs the built collector on 127.0.0.1:PORT until SIGTERM, then prints the sums of what it took.
// Usage: node collect.mjs PORT [udp|tcp|tls [CERTIFICATE KEY]]
import { createCollector } from "@ngflow/collector";

const sums = { rows: 0, bytes: 0, packets: 0 };
const sink = {
  write({ rows, columns: { Bytes, Packets } }) {
    sums.rows += rows;
    for (let i = 0; i < rows; i++) {
      sums.bytes += Bytes[2 * i] + Bytes[2 * i + 1] * 2 ** 32;
      sums.packets += Packets[2 * i] + Packets[2 * i + 1] * 2 ** 32;
    }
    return rows;
  },
};
const [, , port, transport = "udp", certFile, keyFile] = process.argv;
const collector = createCollector(
  {
    listen: [{ host: "127.0.0.1", port: Number(port), transport }],
    ...(certFile !== undefined && { tls: { certFile, keyFile, client: "none" } }),
  },
  {
    sink,
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    log: { info() {}, warn() {}, error: console.error },
  },
);
await collector.start();
console.log("ready");
process.once("SIGTERM", async () => {
  await collector.stop();
  console.log(JSON.stringify({ ...sums, counters: collector.counters() }));
  process.exit(0);
});
setInterval(() => {}, 1000);
