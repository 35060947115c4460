import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

/** What `dataDirectory` depends on besides the option. */
export interface PathEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Effective user id; undefined where there is none. */
  readonly uid: number | undefined;
  readonly home: string;
}

/**
 * The data directory, absolute: the option `--data`, else `NGFLOW_DATA`, else `/var/lib/ngflow` for root, else
 * `$XDG_DATA_HOME/ngflow`, else `~/.local/share/ngflow`.
 */
export function dataDirectory(option?: string, from: PathEnvironment = here()): string {
  const { env } = from;
  const given = option || env["NGFLOW_DATA"];
  if (given) return path.resolve(given);
  if (from.uid === 0) return ROOT_DATA;
  // The XDG base directory specification requires ignoring a relative path.
  const xdg = env["XDG_DATA_HOME"];
  return path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(from.home, ".local", "share"), "ngflow");
}

/** Where root's daemons keep their data. */
const ROOT_DATA = "/var/lib/ngflow";

/** What somebody does whose data directory has no flows or no daemon: root's may have them. */
export function otherData(
  dataDirectory: string,
  root = ROOT_DATA,
  { uid }: Pick<PathEnvironment, "uid"> = here(),
): string {
  const isRoots = dataDirectory !== root && existsSync(path.join(root, "run"));
  // Root is there without sudo.
  const way = uid === 0 ? "" : "use sudo, or ";
  if (isRoots) return `root's are in ${root}: ${way}name another data directory with --data`;
  return 'name the data directory with --data (the daemon\'s line "data" has it)';
}

function here(): PathEnvironment {
  return { env: process.env, uid: process.geteuid?.(), home: homedir() };
}
