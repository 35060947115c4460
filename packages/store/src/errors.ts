import { errorClass, type ErrorTable } from "@ngflow/base";

/** Every error code of this package: the exit status of a command that ends with it, and what the error means. */
export const STORE_ERRORS = {
  "spool-directory": { exit: "cannotCreate", meaning: "The spool directory cannot be created or written." },
  "store-backend": { exit: "config", meaning: "The URL of the store has a scheme that this release does not know." },
  "store-url": { exit: "config", meaning: "The URL of a ClickHouse server cannot be used. The message says why." },
  "store-unreachable": { exit: "os", meaning: "The ClickHouse server that has the flows does not answer." },
  "store-login": { exit: "config", meaning: "The ClickHouse server refuses the user, or the user has too few rights." },
  "store-server": { exit: "failed", meaning: "The ClickHouse server cannot be used. The message is the server's." },
  "store-cluster": { exit: "config", meaning: "The ClickHouse cluster cannot be used. The message says why." },
  "store-server-old": { exit: "config", meaning: "The ClickHouse server is older than what ngflow needs." },
  "store-claimed": { exit: "config", meaning: "The database has the flows of another data directory." },
  "store-collector": { exit: "failed", meaning: "What another collector of the database has cannot be read." },
  "collector-absent": { exit: "usage", meaning: "The database has no tables of a collector of this name." },
  "collector-runs": { exit: "failed", meaning: "The collector that is to be forgotten runs, or is this one." },
  "store-moved": { exit: "config", meaning: "The flows of the data directory are in another store." },
  "copy-same": { exit: "usage", meaning: "The flows are in the database that they are to be copied to." },
  "copy-target": {
    exit: "usage",
    meaning: "The directory of an anonymised copy has flows already, or a copy with another key. Choose another one.",
  },
  "copy-differs": { exit: "failed", meaning: "A copied day is not what was read. Copy again, into an empty database." },
  "store-engine": { exit: "os", meaning: "The embedded database cannot be loaded on this machine." },
  "store-directory": { exit: "cannotCreate", meaning: "The directory of the embedded database cannot be used." },
  "store-database": { exit: "failed", meaning: "The database could not do what it was asked. The message is its own." },
  "store-held": { exit: "os", meaning: "Another process has the store of the data directory open." },
  "store-closed": { exit: "failed", meaning: "The store was not started, or it was stopped." },
  "bad-sql": { exit: "usage", meaning: "SQL that does not parse, or that would do more than read the store's tables." },
  "backup-absent": { exit: "noInput", meaning: "The directory has no complete backup." },
  "backup-damaged": { exit: "data", meaning: "A file of a backup is missing, or differs from the backup's list." },
  "backup-database": { exit: "failed", meaning: "A ClickHouse server has the flows; its own BACKUP copies them." },
  "backup-directory": { exit: "cannotCreate", meaning: "The directory for a backup cannot be written." },
  "backup-exists": { exit: "cannotCreate", meaning: "The directory for a backup is not empty." },
  "restore-exists": { exit: "cannotCreate", meaning: "The data directory to restore into has flows." },
  "restore-failed": { exit: "cannotCreate", meaning: "The data directory to restore into cannot be written." },
  "restore-interrupted": { exit: "failed", meaning: "A restore of the data directory was interrupted. Run it again." },
  "restore-space": { exit: "cannotCreate", meaning: "The disk has less room than a backup needs." },
  "query-timeout": { exit: "failed", meaning: "A query took longer than the time limit." },
  "query-memory": { exit: "failed", meaning: "A query needed more memory than the limit." },
  "query-cancelled": { exit: "failed", meaning: "A query was cancelled: its caller left, or the store was closing." },
} as const satisfies ErrorTable;

export class StoreError extends errorClass(STORE_ERRORS) {}
