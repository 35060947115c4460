import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Background, must, ROOT } from "./command.ts";
import { EnteredMachine, type Entry } from "./entered-machine.ts";
import type { Host } from "./hosts.ts";

/** What a machine has of its own besides the network: configuration, state and what a reboot clears. */
const OWN = ["/etc", "/usr/local/etc", "/var/lib", "/run"] as const;

/**
 * A host with files of its own: /etc is a copy of this machine's, the others of `OWN` are empty. So commands run on it as
 * a reader types them, with the usual paths, and nothing of this machine changes. `remove()` leaves nothing behind.
 */
export class Machine extends EnteredMachine {
  #holder: Background;

  private constructor(host: Host, folder: string, holder: Background) {
    super(host, folder);
    this.#holder = holder;
  }

  static async boot(host: Host): Promise<Machine> {
    const folder = mkdtempSync(join(tmpdir(), "ngflow-machine-"));
    for (const path of OWN) mkdirSync(join(folder, path), { recursive: true });
    must(["cp", "-a", "/etc/.", join(folder, "etc")]);
    return new Machine(host, folder, await hold(host, folder));
  }

  protected override entry(): Entry {
    const nsenter = ["-t", String(this.#holder.pid), "-m", "-n"];
    return { nsenter, directory: ROOT, programs: [`${ROOT}node_modules/.bin`] };
  }

  /** Power off without warning and on again: every process of the machine dies, /run is empty, the disk stays. */
  async reboot(): Promise<void> {
    await this.#powerOff();
    rmSync(this.path("/run"), { recursive: true });
    mkdirSync(this.path("/run"));
    this.#holder = await hold(this.host, this.folder);
  }

  async #powerOff(): Promise<void> {
    const pids = must(["ip", "netns", "pids", this.host.namespace]).split("\n").filter(Boolean).map(Number);
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
    await this.#holder.stop("SIGKILL");
  }

  async remove(): Promise<void> {
    await this.#powerOff();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A process that keeps the machine's view of files and network alive. */
async function hold(host: Host, folder: string): Promise<Background> {
  const mounts = OWN.map((path) => `mount --bind '${folder}${path}' ${path}`).join(" && ");
  const holder = new Background(host.exec(["sh", "-c", `${mounts} && echo up && exec sleep 3600`]));
  await holder.until("a machine", () => holder.stdout === "up\n");
  return holder;
}
