import { freebsdFiles } from "./freebsd.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { muninFiles } from "./munin.ts";
import { systemdFiles } from "./systemd.ts";

/** What files are generated for. */
export const TARGETS = ["systemd", "freebsd", "munin"] as const;
export type Target = (typeof TARGETS)[number];

/** Where `npm install --global` puts the command. */
export const DEFAULT_PROGRAM = "/usr/local/bin/ngflow";

/** @param program absolute command that runs ngflow; FreeBSD's script needs none. */
export function generate(target: Target, program = DEFAULT_PROGRAM): GeneratedFile[] {
  if (target === "systemd") return systemdFiles(program);
  return target === "freebsd" ? freebsdFiles() : muninFiles(program);
}
