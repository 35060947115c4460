import { writeSync } from "node:fs";
import { createStore, ledgerFile, spoolDirectory } from "../create-store.ts";
import { createSpool } from "../spool/spool.ts";
import { batchOf } from "./rows.ts";

// Child of crash.test.ts: collects and stores rows as fast as it can until it is killed, and prints how many are
// acknowledged. Arguments: data directory, run number, URL of the store (default: the embedded one), milliseconds
// between two writes (default 1). Row n of the run has FlowLabel n; rows of one block fall on two days, so that one
// insert makes two parts. SIGINT stops it in good order.
const [directory, run, url, everyMs = "1"] = process.argv.slice(2) as [string, string, string?, string?];
const spool = createSpool(
  { directory: spoolDirectory(directory), ledgerFile: ledgerFile(directory), blockRows: 40, flushMs: 5 },
  { onBlock: () => writeSync(1, `ack ${spool.stats().rowsAcknowledged}\n`) },
);
const store = createStore({ directory, pollMs: 1, retentionDays: 0, ...(url !== undefined && { url }) });
await spool.start();
await store.start();
writeSync(1, "up\n");

const DAY = 86_400_000;
let next = 0;
const timer = setInterval(() => {
  const rows = Array.from({ length: 25 }, () => ({
    TimeReceived: 1_767_355_200_000 + (next % 2) * DAY,
    // Every third flow lasts too long for the roll-ups.
    TimeStart: next % 3 === 0 ? 0 : 1_767_355_200_000 - (next % 100) * 1000,
    TimeEnd: 1_767_355_200_000,
    Bytes: 1000 + next,
    Domain: Number(run),
    FlowLabel: next++,
  }));
  const batch = batchOf(rows);
  next -= batch.rows - spool.write(batch);
}, Number(everyMs));

process.once("SIGINT", () => {
  clearInterval(timer);
  void spool
    .stop()
    .then(() => store.drain())
    .then(() => store.stop())
    .then(() => writeSync(1, `stopped ${next}\n`));
});
