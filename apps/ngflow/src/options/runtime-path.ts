import { createHash } from "node:crypto";
import { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";

/** What the places of sockets depend on. */
export interface RuntimeEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Effective user id; undefined where there is none. */
  readonly uid: number | undefined;
}

/** `sun_path` holds 108 bytes on Linux and 104 on the BSDs, the zero included. */
const MAX_PATH_BYTES = 103;
/** Hexadecimal digits of a data directory's hash. */
const HASH_DIGITS = 16;

/**
 * Directories for the sockets of daemons, best first. They are in memory, so that a full or lost data disk does not
 * matter: the one systemd made (`RUNTIME_DIRECTORY`), `/run/ngflow` for root, `$XDG_RUNTIME_DIR/ngflow`,
 * `/run/user/UID/ngflow`, and `/tmp/ngflow-UID`.
 */
export function runtimeDirectories({ env, uid }: RuntimeEnvironment = here()): readonly string[] {
  const systemd = env["RUNTIME_DIRECTORY"]?.split(":")[0];
  const xdg = env["XDG_RUNTIME_DIR"];
  const found = [
    systemd,
    uid === 0 ? "/run/ngflow" : undefined,
    xdg === undefined || xdg === "" ? undefined : join(xdg, "ngflow"),
    uid === undefined || uid === 0 ? undefined : `/run/user/${uid}/ngflow`,
    `/tmp/ngflow-${uid ?? "user"}`,
  ].filter((path) => path !== undefined && path.startsWith("/"));
  return [...new Set(found as string[])];
}

/**
 * Paths at which the collector of a data directory may serve its state, best first. The name follows from the real path
 * of the directory, which is made if it is absent: links to the same directory give the same name.
 */
export function collectorSocketPaths(dataDirectory: string, environment?: RuntimeEnvironment): readonly string[] {
  return socketPaths("collect", dataDirectory, environment);
}

/** Paths at which the store of a data directory may take commands, in the same way. */
export function storeSocketPaths(dataDirectory: string, environment?: RuntimeEnvironment): readonly string[] {
  return socketPaths("store", dataDirectory, environment);
}

function socketPaths(kind: string, dataDirectory: string, environment?: RuntimeEnvironment): readonly string[] {
  mkdirSync(dataDirectory, { recursive: true });
  const hash = createHash("sha256").update(realpathSync(dataDirectory)).digest("hex").slice(0, HASH_DIGITS);
  const paths = runtimeDirectories(environment).map((directory) => join(directory, `${kind}-${hash}.sock`));
  return paths.filter((path) => Buffer.byteLength(path) <= MAX_PATH_BYTES);
}

function here(): RuntimeEnvironment {
  return { env: process.env, uid: process.geteuid?.() };
}
