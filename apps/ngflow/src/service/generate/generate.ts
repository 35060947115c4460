import type { Profile } from "@ngflow/nodes/engine";
import { OptionsError } from "../../options/errors.ts";
import { excerpt } from "../rc-conf/parse.ts";
import { isInterfaceName } from "../settings.ts";
import { freebsdFiles } from "./freebsd.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { muninFiles } from "./munin.ts";
import { systemdFiles } from "./systemd.ts";

/** Targets for which files are generated. */
export const TARGETS = ["systemd", "freebsd", "munin"] as const;
export type Target = (typeof TARGETS)[number];

/** Where `npm install --global` puts the command. */
export const DEFAULT_PROGRAM = "/usr/local/bin/ngflow";

/** Absolute paths or options without characters that are special to a shell or to systemd. */
const PROGRAM = /^\/[A-Za-z0-9_.,/@+-]+( [A-Za-z0-9_.,/@+=-]+)*$/;

export interface GenerateChoice {
  /** Absolute command that runs ngflow; FreeBSD's script needs none. */
  readonly program?: string | undefined;
  /** Interfaces that systemd's graph has inline. */
  readonly inline?: readonly string[] | undefined;
  /** Metering engine of systemd's graph. */
  readonly profile?: Profile | undefined;
}

/** @throws NgflowError (usage) for a program or an interface that cannot be written into a unit or a script. */
export function generate(
  target: Target,
  { program = DEFAULT_PROGRAM, inline = [], profile }: GenerateChoice,
): GeneratedFile[] {
  if (!PROGRAM.test(program)) {
    throw usage(
      `--program ${JSON.stringify(excerpt(program))}: not an absolute path of letters, digits and . _ - + @ , /; ` +
        "a symbolic link can give it such a path",
    );
  }
  if (inline.length > 0 && target !== "systemd")
    throw usage("--inline is for systemd's units; rc.conf has it elsewhere");
  if (profile !== undefined && target !== "systemd")
    throw usage("--profile is for systemd's units; rc.conf has ng_netflow_profile");
  const wrong = inline.find((name) => !isInterfaceName(name));
  if (wrong !== undefined) throw usage(`--inline ${JSON.stringify(excerpt(wrong))}: not the name of an interface`);
  if (target === "systemd") return systemdFiles(program, inline, profile);
  return target === "freebsd" ? freebsdFiles() : muninFiles(program);
}

function usage(message: string): OptionsError {
  return new OptionsError("usage", message);
}
