import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeAtEnd } from "./cleanup.ts";
import { Background, must, ROOT, run, sleep } from "./command.ts";
import { EnteredMachine, type Entry } from "./entered-machine.ts";
import type { Host } from "./hosts.ts";

/** What is the machine's own of the disk; /etc is a copy of this machine's. /run is empty at every boot. */
const OWN = ["/etc", "/var/lib", "/var/log"] as const;
/** On a machine that others use, too. */
const BOOT_MS = 120_000;
/** How long the kernel may take to end what was killed. */
const KILLED_MS = 10_000;
/** Where ngflow is installed. */
const PROGRAM = "/opt/ngflow";
/** What this machine's systemd would start besides: devices, mounts, logins. */
const LEFT_OUT = ["sysinit.target.wants", "local-fs.target.wants", "multi-user.target.wants", "timers.target.wants"];

/** The reason to skip a test that boots a machine. */
export function cannotBoot(): string | undefined {
  const words = ["unshare", "--pid", "--fork", "--mount", "--cgroup", "--mount-proc"];
  const { status, stderr } = run([...words, "mount", "-t", "cgroup2", "cgroup2", "/mnt"]);
  return status === 0 ? undefined : `control groups cannot be mounted: ${stderr.trim()}`;
}

/**
 * A host that boots: systemd is process 1 of a process namespace of its own, with its own control groups, files and
 * network, and starts what is enabled. Nothing of this machine changes; `remove()` leaves nothing behind, and is called
 * when the test ends, if it was not before.
 */
export class SystemdMachine extends EnteredMachine {
  #systemd: Background | undefined;
  #pid = 0;
  #removed: (() => void) | undefined;
  /** Its control group, named after the run of verify that it belongs to. */
  readonly #group = `${process.env["NGFLOW_VERIFY_RUN"] ?? "ngflow"}-${this.host.namespace}`;

  /** @param bootMs how long it may take */
  static async boot(host: Host, bootMs = BOOT_MS): Promise<SystemdMachine> {
    const folder = mkdtempSync(join(tmpdir(), "ngflow-systemd-"));
    const machine = new SystemdMachine(host, folder);
    machine.#removed = removeAtEnd(() => machine.remove());
    for (const path of [...OWN, "empty", "groups"]) mkdirSync(join(folder, path), { recursive: true });
    must(["cp", "-a", "/etc/.", join(folder, "etc")]);
    rmSync(join(folder, "etc/systemd/system"), { recursive: true, force: true });
    mkdirSync(join(folder, "etc/systemd/system"));
    writeFileSync(join(folder, "etc/machine-id"), "");
    await machine.powerOn(bootMs);
    return machine;
  }

  async powerOn(bootMs = BOOT_MS): Promise<void> {
    const folder = this.folder;
    const mounts = [
      ...OWN.map((path) => `mount --bind '${folder}${path}' ${path}`),
      ...LEFT_OUT.map((name) => `/lib/systemd/system/${name}`)
        .filter(existsSync)
        .map((path) => `mount --bind '${folder}/empty' ${path}`),
      "mount -t tmpfs -o mode=0755 tmpfs /run && mkdir /run/lock",
      // The units cannot see homes, where a checkout and its Node.js may be.
      `mount -t tmpfs tmpfs /opt && mkdir -p ${PROGRAM} /opt/bin && touch /opt/bin/node`,
      `mount --bind '${ROOT}' ${PROGRAM} && mount --bind '${process.execPath}' /opt/bin/node`,
      "mount -t cgroup2 cgroup2 /sys/fs/cgroup",
      // As udev's rules leave it, which does not run here: open to all, and the capability decides.
      `rm -f '${folder}/tun' && mknod -m 0666 '${folder}/tun' c 10 200 && mount --bind '${folder}/tun' /dev/net/tun`,
      // Last, as the folder is below it.
      "mount -t tmpfs tmpfs /var/tmp && mount -t tmpfs tmpfs /tmp",
    ];
    const init = "exec env -i container=ngflow-test /lib/systemd/systemd --system --unit=multi-user.target";
    const script = [
      // Its own control group first: the root of the namespace is the group in which it is created.
      `mount -t cgroup2 cgroup2 '${folder}/groups'`,
      `mkdir -p '${folder}/groups/${this.#group}' && echo $$ > '${folder}/groups/${this.#group}/cgroup.procs'`,
      "exec unshare --pid --mount --uts --ipc --cgroup --fork --kill-child=KILL --mount-proc " +
        `sh -euc "${[...mounts, init].join(" && ").replaceAll('"', '\\"')}"`,
    ];
    this.#systemd = new Background(this.host.exec(["sh", "-euc", script.join("\n")]));
    const { pid } = this.#systemd;
    await this.#systemd.until(
      "systemd",
      () => {
        const child = run(["cat", `/proc/${pid}/task/${pid}/children`]).stdout.trim();
        // Before systemd there are commands that mount; one may have ended by now.
        if (child === "" || run(["cat", `/proc/${child}/comm`]).stdout !== "systemd\n") return false;
        this.#pid = Number(child);
        return /^(running|degraded)$/m.test(this.run(["systemctl", "is-system-running"]).stdout);
      },
      bootMs,
    );
  }

  protected override entry(): Entry {
    const programs = ["/opt/bin", `${PROGRAM}/node_modules/.bin`];
    return { nsenter: ["-t", String(this.#pid), "-a"], directory: PROGRAM, programs };
  }

  /** No power from one moment to the next: every process dies, what is on the disk stays. */
  async powerOff(): Promise<void> {
    await this.#systemd?.stop("SIGKILL");
    await this.#off();
  }

  /** Process 1 is the last of its namespace to go. */
  async #off(): Promise<void> {
    this.#systemd = undefined;
    while (this.#pid !== 0 && existsSync(`/proc/${this.#pid}`)) await sleep(20);
    this.#pid = 0;
  }

  /** As an administrator ends it: systemd stops every unit in its order, then itself. */
  async shutDown(): Promise<void> {
    this.run(["systemctl", "poweroff"]);
    await this.#systemd?.ended(60_000);
    await this.#off();
  }

  async remove(): Promise<void> {
    this.#removed?.();
    try {
      await this.powerOff();
      await this.#removeGroup();
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }

  /** A group can be removed when the last of its processes has ended, which a kill does not wait for. */
  async #removeGroup(): Promise<void> {
    const groups = join(this.folder, "groups");
    const own = `${groups}/${this.#group}`;
    const script = `mount -t cgroup2 cgroup2 '${groups}'; [ ! -d '${own}' ] || find '${own}' -depth -type d -exec rmdir {} +`;
    const words = ["unshare", "--mount", "sh", "-euc", script];
    const deadlineMs = Date.now() + KILLED_MS;
    while (run(words).status !== 0 && Date.now() < deadlineMs) await sleep(50);
    must(words);
  }
}
