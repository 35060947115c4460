import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of the verbs of `ngflow` that have no folder of their own. */
export const VERB_ERRORS = {
  "alert-absent": { exit: "usage", meaning: "No alert rule, alert or silence has this name." },
  "audit-last": { exit: "usage", meaning: "The time of an audit is no duration." },
  "daemon-foreign": { exit: "failed", meaning: "Another program answers at the address of `ngflow serve`." },
  "daemon-silent": { exit: "os", meaning: "The daemon that has the data directory open does not answer." },
  "filter-file": { exit: "noInput", meaning: "A file that a filter names cannot be read." },
  "follow-format": {
    exit: "usage",
    meaning: "`--follow` needs a format that is written row by row: ndjson, csv or table.",
  },
  "follow-range": { exit: "usage", meaning: "`--follow` starts with the newest flows and takes no range." },
  "follow-duplicates": {
    exit: "usage",
    meaning: "`--follow` cannot know yet whether another exporter sends a flow, too.",
  },
  "follow-sort": { exit: "usage", meaning: "`--follow` prints flows as they arrive and takes no `--sort`." },
  "copy-options": { exit: "usage", meaning: "Options of `ngflow store copy` that do not fit together." },
  "forget-name": { exit: "usage", meaning: "This is not a name of a collector." },
  "forget-unasked": { exit: "usage", meaning: "Nobody confirmed that the tables of a collector are to be dropped." },
  "graph-export": { exit: "failed", meaning: "The graph could not be drawn." },
  interrupted: {
    exit: "interrupted",
    meaning: "Ctrl-C ended the command before its answer was there. The exit status is 143 if it was SIGTERM.",
  },
  "module-busy": { exit: "failed", meaning: "A module cannot be unloaded while nodes of its types exist." },
  "module-loaded": { exit: "failed", meaning: "The module is loaded already. With `-n`, that is not a failure." },
  "module-not-loaded": { exit: "failed", meaning: "The module is not loaded." },
  "module-unknown": { exit: "failed", meaning: "There is no module of this name." },
  "no-cost": { exit: "failed", meaning: "Nobody knows what a query of this store reads." },
  "no-collector": { exit: "os", meaning: "No collector runs on the data directory, or it does not answer." },
  "no-daemon": { exit: "os", meaning: "No daemon runs on the data directory." },
  "no-server": { exit: "os", meaning: "No `ngflow serve` or `ngflow up` runs on the data directory." },
  "sql-empty": { exit: "usage", meaning: "There is no statement of SQL." },
  "sql-file": { exit: "noInput", meaning: "The file of a statement cannot be read." },
  "sql-long": { exit: "usage", meaning: "A statement has more characters than the limit." },
  "no-data-directory": {
    exit: "noInput",
    meaning: "The data directory has no flows. Name another with `--data`, or start `ngflow up`.",
  },
} as const satisfies ErrorTable;

export class VerbError extends errorClass(VERB_ERRORS) {}
