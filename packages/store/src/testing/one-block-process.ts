import { createStore, ledgerFile, spoolDirectory } from "../create-store.ts";
import { createSpool } from "../spool/spool.ts";
import { batchOf } from "./rows.ts";

// Child of crash-points.test.ts. `spool DIR` makes one block of four rows that were received on two days; `store DIR`
// puts what is in the spool into the database. Prints `done` at the end.
const [half, directory] = process.argv.slice(2) as ["spool" | "store", string];
const DAY = 86_400_000;
if (half === "spool") {
  const spool = createSpool({
    directory: spoolDirectory(directory),
    ledgerFile: ledgerFile(directory),
    flushMs: 60_000,
  });
  await spool.start();
  spool.write(batchOf([0, 1, 2, 3].map((n) => ({ TimeReceived: 1_767_355_200_000 + (n % 2) * DAY, Bytes: 10 ** n }))));
  await spool.flush();
  await spool.stop();
} else {
  const store = createStore({ directory, retentionDays: 0, ingest: false });
  await store.start();
  await store.drain();
  await store.stop();
}
process.stdout.write("done\n");
