import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of the control socket, on both of its ends. */
export const CONTROL_ERRORS = {
  "control-absent": {
    exit: "os",
    meaning: "No daemon listens on the control socket. Start one, or name its socket with `--control`.",
  },
  "control-denied": {
    exit: "os",
    meaning: "The control socket belongs to another user. Run the command as that user, or with sudo.",
  },
  "control-directory": {
    exit: "cannotCreate",
    meaning: "The directory of the control socket cannot be made, or is not a directory.",
  },
  "control-foreign": {
    exit: "os",
    meaning: "Another user may have made the control socket, in a directory such as `/tmp`. Name another one.",
  },
  "control-full": {
    exit: "os",
    meaning: "The daemon has as many clients as it serves, and all are busy. Try again later.",
  },
  "control-in-use": {
    exit: "os",
    meaning: "Another daemon listens on the control socket. Stop it, or name another socket.",
  },
  "control-listen": { exit: "os", meaning: "The daemon cannot listen on the control socket." },
  "control-lost": {
    exit: "os",
    meaning: "The daemon stopped, did not answer in time, or sent data that is not the control protocol.",
  },
  "control-node": { exit: "os", meaning: "The graph has no socket node for this client. The message says why." },
  "control-not-a-socket": {
    exit: "cannotCreate",
    meaning: "A file is where the control socket should be. Remove it, or name another socket.",
  },
  "control-path-too-long": {
    exit: "usage",
    meaning: "The path of the control socket is too long for the system. Name a shorter one.",
  },
  "control-request": { exit: "usage", meaning: "A request to the daemon has a wrong argument." },
  "control-request-failed": {
    exit: "os",
    meaning: "A request failed inside the daemon. The daemon's log has the error.",
  },
  "control-request-unknown": {
    exit: "os",
    meaning: "The daemon does not know the request. Use the command of the daemon's own release.",
  },
  "control-version": {
    exit: "os",
    meaning: "The command and the daemon speak different versions of the control protocol.",
  },
  "module-denied": {
    exit: "os",
    meaning: "Only the daemon's user may load this file. Others may load files of `--modules` that they cannot change.",
  },
  "module-clash": { exit: "failed", meaning: "A module has a node type with the name of one that exists already." },
  "module-failed": { exit: "failed", meaning: "The code of a module failed when it was loaded." },
  "module-no-node-type": {
    exit: "failed",
    meaning: "A module's default export is not a node type or a list of node types.",
  },
  "modules-directory": {
    exit: "usage",
    meaning: "The directory of `--modules` does not exist, or others than root and the daemon's user can change it.",
  },
  "module-unreadable": { exit: "failed", meaning: "The file of a module cannot be read." },
  "no-such-group": { exit: "usage", meaning: "The group given with `--control-group` does not exist." },
} as const satisfies ErrorTable;

export class ControlError extends errorClass(CONTROL_ERRORS) {}
