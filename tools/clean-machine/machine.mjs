// An empty Debian in a folder, and commands that run in it: with its own mounts and processes, and nothing of this
// machine but the network, or a network namespace.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const MIRROR = "http://deb.debian.org/debian";
const HERE = dirname(fileURLToPath(import.meta.url));
/** Variables of this machine that a machine behind a proxy, or with certificates of its own, needs as well. */
const NETWORK = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

/** Runs a command to its end; throws with its output if it fails. Returns its standard output. */
export function must(words, options = {}) {
  const [command, ...args] = words;
  const ended = spawnSync(command, args, { encoding: "utf8", maxBuffer: 256 << 20, timeout: 900_000, ...options });
  if (ended.status === 0) return ended.stdout;
  const output = `${ended.stdout ?? ""}${ended.stderr ?? ""}`.slice(-4000);
  throw new Error(`${words.slice(0, 6).join(" ")} …: ${ended.error?.message ?? `exit ${ended.status}`}\n${output}`);
}

/** Makes the folder of an empty machine, unless it is there: `debootstrap --variant=minbase`. */
export function emptyMachine(folder, suite) {
  if (existsSync(join(folder, "etc/debian_version"))) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  must(["debootstrap", "--variant=minbase", suite, folder, MIRROR]);
}

export class Machine {
  #environment = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/root",
    LANG: "C.UTF-8",
    DEBIAN_FRONTEND: "noninteractive",
  };

  /** A copy of an empty machine, with the probe. */
  constructor(base, folder) {
    this.folder = folder;
    must(["cp", "-a", "--reflink=auto", base, folder]);
    cpSync(join(HERE, "probe.mjs"), join(folder, "probe.mjs"));
    cpSync(realpathSync("/etc/resolv.conf"), join(folder, "etc/resolv.conf"));
    for (const name of NETWORK) {
      if (process.env[name] !== undefined) this.#environment[name] = process.env[name];
    }
    this.#certificates();
  }

  /** What checks the certificates of registries here; without a setting, what Node.js brings does. */
  #certificates() {
    const file = process.env["NODE_EXTRA_CA_CERTS"];
    if (file === undefined) return;
    this.#copy(file, file);
    this.#environment["NODE_EXTRA_CA_CERTS"] = file;
  }

  #copy(from, to) {
    mkdirSync(join(this.folder, dirname(to)), { recursive: true });
    cpSync(realpathSync(from), join(this.folder, to), { recursive: true, verbatimSymlinks: true });
  }

  /** What commands need here to reach mirrors and registries, as variables. */
  get environment() {
    return { ...this.#environment };
  }

  put(from, to) {
    this.#copy(from, to);
  }

  /** The program of this Node.js, with its npm and the settings of npm here. */
  addNode() {
    this.#copy(process.execPath, "/usr/local/bin/node");
    const npm = must(["npm", "prefix", "--global"]).trim();
    this.#copy(join(npm, "lib/node_modules/npm"), "/usr/local/lib/node_modules/npm");
    for (const name of ["npm", "npx"]) {
      symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(this.folder, "usr/local/bin", name));
    }
    const settings = JSON.parse(must(["npm", "config", "list", "--json"], { cwd: this.folder }));
    if (existsSync(settings["globalconfig"])) this.#copy(settings["globalconfig"], "/usr/local/etc/npmrc");
    if (existsSync(settings["userconfig"])) this.#copy(settings["userconfig"], "/etc/ngflow-test-npmrc");
    this.#environment["NPM_CONFIG_USERCONFIG"] = "/etc/ngflow-test-npmrc";
    if (typeof settings["cafile"] === "string") this.#copy(settings["cafile"], settings["cafile"]);
  }

  /**
   * Runs a command line in the machine to its end, and returns its standard output.
   * @param user - who runs it
   * @param network - a network namespace by name; without one, this machine's network
   */
  run(line, { user = "root", network, timeoutMs } = {}) {
    const environment = { ...this.#environment, HOME: user === "root" ? "/root" : `/home/${user}` };
    const words = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const isolated = ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child"];
    const mounts = "mount -t proc proc /proc; mount -t sysfs -o ro sysfs /sys; mount -t tmpfs tmpfs /run";
    const as = user === "root" ? [] : ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--init-groups"];
    return must(
      [
        ...(network === undefined ? [] : ["ip", "netns", "exec", network]),
        ...isolated,
        `--root=${this.folder}`,
        ...["/usr/bin/env", "-i", ...words],
        ...["/bin/sh", "-c", `${mounts}; exec "$@"`, "sh", ...as, "/bin/sh", "-c", line],
      ],
      { timeout: timeoutMs },
    );
  }

  /** Starts a command, waits for the first answer of its console, ends it; throws if there is none. */
  probe(folder, line, options) {
    const words = `node /probe.mjs ${folder} ${line}`;
    const found = JSON.parse(this.run(`${words} || :`, options));
    if (!found.ok) throw new Error(`${line}: no answer of the console: ${JSON.stringify(found).slice(-4000)}`);
    return found;
  }

  /** Bytes on disk of a path in the machine. */
  size(path) {
    return Number(must(["du", "-sk", join(this.folder, path)]).split("\t")[0]) * 1024;
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
