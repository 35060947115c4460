import { runStoreContract } from "../testing/contract.ts";
import { createChdbStore } from "./store.ts";

runStoreContract({
  name: "chdb",
  open: (directory, spoolDirectory) => createChdbStore({ directory, spoolDirectory, retentionDays: 0, pollMs: 20 }),
  skip: [],
});
