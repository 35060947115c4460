import { spawnSync } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Profile } from "@ngflow/nodes/engine";
import { ServiceError } from "../errors.ts";
import type { Printer } from "../printer.ts";
import { generate, type Target } from "./generate.ts";
import { type GeneratedFile, MARK } from "./generated-file.ts";
import { insideRoot } from "./inside-root.ts";
import { SYSTEMD_UNITS } from "./systemd.ts";

const { O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;

export interface InstallOptions {
  readonly target: Target;
  /** Absolute command that runs ngflow. */
  readonly program: string;
  /** Interfaces that systemd's graph has inline. */
  readonly inline?: readonly string[] | undefined;
  /** Metering engine of systemd's graph. */
  readonly profile?: Profile | undefined;
  /** Print the steps without running them. */
  readonly dryRun: boolean;
  /** Install below this directory, for a package, and run no command. */
  readonly root?: string | undefined;
  readonly print: Printer;
}

type Action = "install" | "uninstall";

const COMMANDS: Readonly<Record<Target, Readonly<Record<Action, readonly (readonly string[])[]>>>> = {
  systemd: {
    install: [["systemd-sysusers"], ["systemctl", "daemon-reload"], ["systemctl", "enable", ...SYSTEMD_UNITS]],
    uninstall: [
      ["systemctl", "disable", "--now", ...SYSTEMD_UNITS.toReversed()],
      ["systemctl", "daemon-reload"],
    ],
  },
  freebsd: { install: [], uninstall: [["service", "ng_netflow", "onestop"]] },
  munin: { install: [], uninstall: [] },
};

/** The service manager of this machine. @throws NgflowError when it is neither. */
export function targetOfMachine(platform = process.platform, booted = existsSync("/run/systemd/system")): Target {
  if (platform === "freebsd") return "freebsd";
  if (platform === "linux" && booted) return "systemd";
  throw new ServiceError(
    "no-service-manager",
    "this machine runs neither systemd nor FreeBSD's rc: choose one with --for, and an installation directory with --root",
  );
}

/** The units cannot read home directories and have a private /tmp. */
function refuseUnreachable({ target, program }: InstallOptions): void {
  const hidden = program.split(" ").find((word) => /^\/(home|root|run\/user|tmp)\//.test(word));
  if (target !== "systemd" || hidden === undefined) return;
  throw new ServiceError(
    "install-program",
    `the services could not run ${hidden}: install ngflow outside of homes and /tmp ("npm install --global" does), or name it with --program`,
  );
}

/** Writes the files and reloads the service manager. Starts nothing: the administrator does that. */
export function install(options: InstallOptions): void {
  const { target, dryRun, root = "/", print } = options;
  const files = generate(target, options).map((file) => ({ ...file, path: insideRoot(root, file.path) }));
  refuseUnreachable(options);
  for (const { path } of files) refuseForeign(path);
  for (const file of files) {
    print.out(`write ${file.path}\n`);
    if (!dryRun) write(file);
  }
  run("install", options);
}

/** Stops and disables, then removes the files. Data and configuration stay. */
export function uninstall(options: InstallOptions): void {
  const { target, dryRun, root = "/", print } = options;
  const files = generate(target, {})
    .map(({ path }) => insideRoot(root, path))
    .filter(existsSync);
  for (const path of files) refuseForeign(path);
  const [first = [], ...others] = COMMANDS[target].uninstall;
  // Services are stopped before the files are removed; the manager is reloaded afterwards.
  if (files.length > 0) runCommands(first.length > 0 ? [first] : [], options);
  for (const path of files) {
    print.out(`remove ${path}\n`);
    if (!dryRun) rmSync(path);
  }
  if (files.length > 0) runCommands(others, options);
  else print.out("nothing is installed\n");
}

function run(action: Action, options: InstallOptions): void {
  runCommands(COMMANDS[options.target][action], options);
}

function runCommands(commands: readonly (readonly string[])[], { dryRun, root, print }: InstallOptions): void {
  if (root !== undefined) return;
  for (const words of commands) {
    print.out(`run ${words.join(" ")}\n`);
    if (dryRun) continue;
    const { status, error, stderr } = spawnSync(words[0]!, words.slice(1), { encoding: "utf8" });
    if (status === 0) continue;
    const why = error?.message ?? stderr.trim().split("\n")[0];
    throw new ServiceError("service-command", `"${words.join(" ")}" failed: ${why}`);
  }
}

function write({ path, mode, text }: GeneratedFile): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    // The path has no link; one that has appeared since is not followed.
    const file = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
    try {
      writeFileSync(file, text);
      fchmodSync(file, mode);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new ServiceError("install-unwritable", `${path}: cannot be written: ${(error as Error).message}`);
  }
}

/** A file that ngflow did not write is neither overwritten nor removed. */
function refuseForeign(path: string): void {
  if (!existsSync(path) || readFileSync(path, "utf8").slice(0, 200).includes(MARK)) return;
  throw new ServiceError("install-foreign", `${path} was not written by ngflow; move it away first`);
}
