import { delimiter, join } from "node:path";
import { must, run, type Ended, type RunOptions } from "./command.ts";
import type { Host } from "./hosts.ts";

/** How commands get into a machine that is made of namespaces. */
export interface Entry {
  /** Options of nsenter(1): whose namespaces, and which. */
  readonly nsenter: readonly string[];
  /** Where they run. */
  readonly directory: string;
  /** What comes first in their PATH. */
  readonly programs: readonly string[];
}

/** A host with files of its own, on which commands run as a reader types them. */
export abstract class EnteredMachine {
  protected readonly host: Host;
  protected readonly folder: string;

  protected constructor(host: Host, folder: string) {
    this.host = host;
    this.folder = folder;
  }

  protected abstract entry(): Entry;

  /** The words that run a command on this machine; `ngflow` and `ngctl` are in its PATH. */
  exec(words: readonly string[]): string[] {
    const { nsenter, directory, programs } = this.entry();
    const path = [...programs, process.env["PATH"] ?? ""].join(delimiter);
    return ["nsenter", ...nsenter, "--", "env", "-C", directory, `PATH=${path}`, ...words];
  }

  run(words: readonly string[], options?: RunOptions): Ended {
    return run(this.exec(words), options);
  }

  must(words: readonly string[], options?: RunOptions): string {
    return must(this.exec(words), options);
  }

  /** The path on this machine's disk, seen from outside. */
  path(inside: string): string {
    return join(this.folder, inside);
  }
}
