import type { ExportHook, Profile } from "@ngflow/nodes/engine";
import type { EngineChoices } from "./engine-choices.ts";

/** How to meter. */
export interface EngineSettings extends EngineChoices {
  readonly hook: ExportHook;
  readonly profile: Profile;
  readonly activeSeconds: number;
  readonly inactiveSeconds: number;
  readonly maxFlows: number;
  /** File of AS numbers by prefix. */
  readonly asTable?: string | undefined;
}

/** What to meter and how. */
export interface MeterSettings extends EngineSettings {
  /** Path, or `-` for standard input. */
  readonly file: string;
  readonly progress: boolean;
  /** Which frames: an expression of pcap-filter(7), or a program as `tcpdump -ddd` prints it. Absent: all. */
  readonly filter?: string | undefined;
  /**
   * Which worker this is of several that read the same file. Each has its part of `maxFlows`, and its number is its
   * source id. Absent: the only one.
   */
  readonly share?: { readonly index: number; readonly count: number };
}
