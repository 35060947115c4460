import { chmodSync, chownSync, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { ControlError } from "./errors.ts";
import { usualUser } from "../daemon/daemon-user.ts";
import { strangersEntry } from "./path-makers.ts";

/** What the path of the control socket depends on. */
export interface PathDeps {
  /** The `--control` option. */
  readonly option?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Numeric user id; 0 is root. */
  readonly uid: number;
}

/** Root's control socket. */
export const ROOT_PATH = "/run/ngflow/control.sock";

/** `sun_path` holds 108 bytes on Linux and 104 on the BSDs, the zero included. */
const MAX_PATH_BYTES = 103;

/**
 * Where the daemon listens and its clients connect: `--control`, else `NGFLOW_CONTROL`, else `/run/ngflow/control.sock`
 * for root, else `$XDG_RUNTIME_DIR/ngflow/control.sock`, else `/tmp/ngflow-<uid>/control.sock`.
 */
export function controlPath(deps: PathDeps): string {
  const path = choose(deps);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new ControlError(
      "control-path-too-long",
      `control socket path is longer than ${MAX_PATH_BYTES} bytes: ${path}; choose a shorter one with --control`,
    );
  }
  return path;
}

function choose({ option, env, uid }: PathDeps): string {
  if (option !== undefined && option !== "") return option;
  if (env["NGFLOW_CONTROL"]) return env["NGFLOW_CONTROL"];
  if (uid === 0) return ROOT_PATH;
  if (env["XDG_RUNTIME_DIR"]) return `${env["XDG_RUNTIME_DIR"]}/ngflow/control.sock`;
  return `/tmp/ngflow-${uid}/control.sock`;
}

/** The control socket of this process's user and environment. */
export function ownControlPath(option?: string): string {
  return controlPath({ option, env: process.env, uid: process.getuid?.() ?? 0 });
}

/**
 * Makes the socket's directory, for its owner only or also for a group.
 * @throws NgflowError `control-directory`; `control-foreign` if a stranger may have made it, who could replace the
 * daemon's socket.
 */
export function prepareDirectory(
  path: string,
  { uid = process.getuid?.() ?? 0, group }: { uid?: number; group?: number | undefined } = {},
): void {
  const directory = dirname(path);
  refuseStrangers(directory, uid);
  if (!existsSync(directory)) {
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      if (group !== undefined) {
        chownSync(directory, uid, group);
        chmodSync(directory, 0o750);
      }
    } catch (cause) {
      throw new ControlError(
        "control-directory",
        `cannot create ${directory} for the control socket (${(cause as NodeJS.ErrnoException).code}); choose another with --control`,
        { cause },
      );
    }
    return;
  }
  if (!statSync(directory).isDirectory()) {
    throw new ControlError(
      "control-directory",
      `${directory} is not a directory; choose another control socket with --control`,
    );
  }
}

/**
 * Refuses a control socket that somebody may have made whom neither this user nor root chose. Root's daemons run as the
 * user `ngflow`, by default.
 * @throws NgflowError `control-foreign`.
 */
export function refuseStrangers(path: string, uid = process.getuid?.() ?? 0): void {
  const trusted = uid === 0 ? [uid, usualUser().uid] : [uid];
  const entry = strangersEntry(path, trusted);
  if (entry === undefined) return;
  throw new ControlError("control-foreign", `${entry}; choose another control socket with --control`);
}
