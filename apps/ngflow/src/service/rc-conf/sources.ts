import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { readRcConf } from "./file.ts";
import { parseRcConf } from "./parse.ts";

/** Directory of the service's configuration, as /etc is on FreeBSD. */
export const RC_DIRECTORY = "/etc/ngflow";

/** The source of a variable's value. */
export interface RcVariable {
  readonly value: string;
  readonly file: string;
  readonly line: number;
}

/** Files in the order of reading; what is read later wins. */
export interface RcSources {
  /** The file for variables that no file sets yet. */
  readonly main: string;
  /** The files that sysrc reads and writes. */
  readonly files: readonly string[];
  /** What a service reads after those: `rc.conf.d/NAME`, a file or a directory of files. */
  serviceFiles(service: string): readonly string[];
}

/**
 * The files that are read: the one named (`--rc-conf`, `-f`, `NGFLOW_RC_CONF`) and no other, else those of
 * `/etc/ngflow`, in FreeBSD's order (reference: rcd.md §2.6).
 */
export function rcSources(named: string | undefined, env: NodeJS.ProcessEnv = process.env): RcSources {
  const file = named ?? env["NGFLOW_RC_CONF"];
  if (file !== undefined && file !== "") return { main: file, files: [file], serviceFiles: () => [] };
  const main = join(RC_DIRECTORY, "rc.conf");
  return {
    main,
    files: [main, join(RC_DIRECTORY, "rc.conf.local")],
    serviceFiles: (service) => fileOrDirectory(join(RC_DIRECTORY, "rc.conf.d", service)),
  };
}

function fileOrDirectory(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
  return readdirSync(path)
    .filter((name) => !name.startsWith("."))
    .sort()
    .map((name) => join(path, name));
}

/** The variables that files set; the last assignment wins. Absent files set none. @throws NgflowError as the parser. */
export function readVariables(files: readonly string[]): Map<string, RcVariable> {
  const variables = new Map<string, RcVariable>();
  for (const file of files) {
    for (const { name, value, line } of parseRcConf(readRcConf(file) ?? "", file)) {
      variables.set(name, { value, file, line });
    }
  }
  return variables;
}
