import { resolve } from "node:path";
import type { Profile } from "@ngflow/nodes";
import { PROFILE_NAMES } from "@ngflow/nodes/engine";
import { Option } from "commander";
import { captureOptions, type CaptureOptions } from "./capture-options.ts";
import { OptionsError } from "./errors.ts";
import { sharedOptions } from "./options.ts";

/** Options of a graph with the machine's interfaces. `ngflow up` passes them to the `ngflow graph` that it starts. */
export interface GraphOptions extends CaptureOptions {
  readonly force?: boolean;
  readonly asTable?: string;
  /** Parts of the flow key of new netflow nodes. */
  readonly key?: string;
  readonly profile?: Profile;
  /** Name or number. */
  readonly controlGroup?: string | undefined;
  readonly modules?: string;
}

export const profileOption = (): Option =>
  new Option("--profile <profile>", "metering engine of the graph's netflow nodes (default: modern)").choices(
    PROFILE_NAMES,
  );

/** @throws OptionsError for options that the profile does not have. */
export function checkProfile({ profile, asTable, key }: Pick<GraphOptions, "profile" | "asTable" | "key">): void {
  if (profile !== "freebsd") return;
  const why =
    asTable !== undefined
      ? "--as-table: the profile exports no AS numbers"
      : key !== undefined
        ? "--key: the flow key of the profile cannot be chosen"
        : undefined;
  if (why !== undefined) throw new OptionsError("usage", `${why}; choose profile modern`);
}

/** The options of the commands that run such a graph. */
export const graphOptions = (): Option[] => [
  sharedOptions.controlGroup(),
  new Option("--modules <dir>", "directory of which the control group may load node types with kldload"),
  captureOptions.filter(),
  captureOptions.ring(),
  captureOptions.snapLength(),
  captureOptions.segments(),
  new Option("--force", "allow --inline on the only default route's interface"),
  sharedOptions.asTable(),
  sharedOptions.key(),
  profileOption(),
];

/** The same options as arguments of `ngflow graph`. */
export function graphArgs(options: GraphOptions): string[] {
  const { controlGroup, modules, filter, ring, snapLength, segments, asTable, key, profile } = options;
  const values = {
    "control-group": controlGroup,
    modules: modules === undefined ? undefined : resolve(modules),
    filter,
    ring,
    "snap-length": snapLength,
    segments,
    "as-table": asTable === undefined ? undefined : resolve(asTable),
    key,
    profile,
  };
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  return [...present.map(([name, value]) => `--${name}=${value}`), ...(options.force === true ? ["--force"] : [])];
}
