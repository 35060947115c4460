import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of scripts that are tried on a model: `ngflow explain` and `ngctl -t`. */
export const SCRIPT_ERRORS = {
  "model-lacks-type": {
    exit: "failed",
    meaning: "A node of the graph cannot be modelled. `--force` applies the script without a dry run.",
  },
  "plan-too-large": {
    exit: "data",
    meaning: "The script has too many steps or nodes for pictures. Use `--format text` or `json`.",
  },
  "script-ended": {
    exit: "failed",
    meaning: "A script that was sent to the server took too much time or memory to be tried.",
  },
  "script-too-long": { exit: "data", meaning: "The script has too many commands or characters." },
  "script-unreadable": { exit: "noInput", meaning: "The script cannot be read." },
  "too-many-interfaces": {
    exit: "data",
    meaning: "The script names more interfaces than a model has. Choose some with `--interface`.",
  },
} as const satisfies ErrorTable;

export class ScriptError extends errorClass(SCRIPT_ERRORS) {}
