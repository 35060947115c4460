import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeAtEnd } from "./cleanup.ts";
import { Background, must, ROOT } from "./command.ts";
import { EnteredMachine, type Entry } from "./entered-machine.ts";
import { type Host, killProcesses } from "./hosts.ts";

/** What a machine has of its own besides the network: configuration, state and what a reboot clears. */
const OWN = ["/etc", "/usr/local/etc", "/var/lib", "/run"] as const;

/**
 * A host with files of its own: /etc is a copy of this machine's, the others of `OWN` are empty. So commands run on it
 * as a reader types them, with the usual paths, and nothing of this machine changes. `remove()` leaves nothing behind,
 * and is called when the test ends, if it was not before.
 */
export class Machine extends EnteredMachine {
  #holder: Background;

  readonly #removed: () => void;

  private constructor(host: Host, folder: string, holder: Background, removed: () => void) {
    super(host, folder);
    this.#holder = holder;
    this.#removed = removed;
  }

  static async boot(host: Host): Promise<Machine> {
    const folder = mkdtempSync(join(tmpdir(), "ngflow-machine-"));
    const removed = removeAtEnd(() => rmSync(folder, { recursive: true, force: true }));
    for (const path of OWN) mkdirSync(join(folder, path), { recursive: true });
    must(["cp", "-a", "/etc/.", join(folder, "etc")]);
    return new Machine(host, folder, await hold(host, folder), removed);
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
    killProcesses(this.host);
    await this.#holder.stop("SIGKILL");
  }

  async remove(): Promise<void> {
    await this.#powerOff();
    this.#removed();
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
