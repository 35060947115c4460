// Measures from outside for how long a program does not read a UDP port: the longest time during which the socket's
// queue was not empty and did not get shorter. Runs until SIGTERM, then prints { gapMs, drops }.
// Usage: node queue-gap.mjs PORT
import { closeSync, openSync, readSync } from "node:fs";

const EVERY_MS = 1;
/** A look that comes later than this says nothing of what happened in between, so the time begins again. */
const LATE_MS = 8;

const port = Number(process.argv[2]).toString(16).toUpperCase().padStart(4, "0");
const buffer = Buffer.alloc(1 << 16);

/** Bytes that wait in the sockets of the port, and datagrams that the kernel has dropped there. */
function look() {
  let bytes = 0;
  let drops = 0;
  for (const file of ["/proc/net/udp", "/proc/net/udp6"]) {
    const fd = openSync(file, "r");
    const text = buffer.toString("latin1", 0, readSync(fd, buffer, 0, buffer.length, 0));
    closeSync(fd);
    for (const line of text.split("\n")) {
      const words = line.trim().split(/\s+/);
      if (words[1]?.endsWith(`:${port}`) !== true) continue;
      bytes += Number.parseInt(words[4].split(":")[1], 16);
      drops += Number(words[12]);
    }
  }
  return { bytes, drops };
}

let ended = false;
process.on("SIGTERM", () => (ended = true));
let gapMs = 0;
let progressMs = performance.now();
let lookedMs = progressMs;
let { bytes: before, drops } = look();
const dropsBefore = drops;
process.stdout.write("ready\n");
while (!ended) {
  await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  const nowMs = performance.now();
  const now = look();
  drops = now.drops;
  if (now.bytes === 0 || now.bytes < before) progressMs = nowMs;
  else if (nowMs - lookedMs > LATE_MS) progressMs += nowMs - lookedMs;
  gapMs = Math.max(gapMs, nowMs - progressMs);
  before = now.bytes;
  lookedMs = nowMs;
}
process.stdout.write(`${JSON.stringify({ gapMs: Math.round(gapMs * 10) / 10, drops: drops - dropsBefore })}\n`);
