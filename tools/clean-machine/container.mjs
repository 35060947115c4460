// The image of deploy/container/Containerfile, built by buildah without a daemon and without an engine: the image that
// it begins with is an empty Debian with Node.js, its steps run in a chroot.
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../workspaces.mjs";
import { must } from "./machine.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const FILE = join(root, "deploy/container/Containerfile");

export class Container {
  #storage;
  #options;
  #name = "ngflow-clean";
  /** Settings of the image that was built, as Docker names them. */
  settings = undefined;

  /** @param work - an empty folder for what buildah keeps */
  constructor(work) {
    this.#storage = ["--root", join(work, "storage"), "--runroot", join(work, "run"), "--storage-driver", "vfs"];
    this.#options = { env: { ...process.env, BUILDAH_ISOLATION: "chroot" } };
  }

  #buildah(...words) {
    const [verb, ...rest] = words;
    return must(["buildah", ...this.#storage, verb, ...rest], this.#options).trim();
  }

  /** The machine as the image that the file names after FROM, so that no registry is asked. */
  addBase(machine) {
    const [, name] = /^FROM (\S+)$/m.exec(readFileSync(FILE, "utf8"));
    this.#buildah("from", "--name", "base", "scratch");
    this.#buildah("copy", "--quiet", "base", `${machine.folder}/`, "/");
    const settings = Object.entries(machine.environment).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
    this.#buildah("config", ...settings, "--cmd", "node", "base");
    this.#buildah("commit", "--quiet", "--rm", "base", name);
  }

  /** Builds the image of a package. Returns the settings that it has for whoever runs it. */
  build(archive, context) {
    mkdirSync(join(context, "release"), { recursive: true });
    cpSync(archive, join(context, "release/ngflow-0.1.0.tgz"));
    const built = ["bud", "--isolation", "chroot", "--pull-never", "--format", "docker", "--tag", this.#name];
    this.#buildah(...built, "--file", FILE, context);
    this.settings = JSON.parse(this.#buildah("inspect", "--type", "image", this.#name)).Docker.config;
    return this.settings;
  }

  /**
   * Starts a container of the image as an engine does: with its own processes and mounts, its variables, its user, and
   * no privilege. It ends with the probe, whose answer is returned.
   * @param network - a network namespace by name
   */
  probe(network) {
    const { User: user, Env: variables, Entrypoint: entry, Cmd: words, Healthcheck: check } = this.settings;
    const folder = this.#buildah("mount", this.#buildah("from", "--pull-never", "--name", "run", this.#name));
    cpSync(join(HERE, "probe-container.mjs"), join(folder, "probe.mjs"));
    const home = must(["chroot", folder, "getent", "passwd", user]).split(":")[5];
    const isolated = ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child", `--root=${folder}`];
    const mounts = "mount -t proc proc /proc; mount -t sysfs -o ro sysfs /sys; mount -t tmpfs -o mode=1777 tmpfs /tmp";
    const as = ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--init-groups", "--no-new-privs"];
    const nothing = ["--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"];
    const probe = ["node", "/probe.mjs", JSON.stringify(check.Test.slice(1)), JSON.stringify([...entry, ...words])];
    const line = [
      ...["ip", "netns", "exec", network, ...isolated, "/usr/bin/env", "-i", ...variables, `HOME=${home}`],
      ...["/bin/sh", "-c", `${mounts}; exec "$@"`, "sh", ...as, ...nothing, ...probe],
    ];
    return JSON.parse(must(line));
  }

  remove() {
    for (const verb of [
      ["umount", "--all"],
      ["rm", "--all"],
      ["rmi", "--all", "--force"],
    ]) {
      try {
        this.#buildah(...verb);
      } catch {
        // There was none.
      }
    }
  }
}
