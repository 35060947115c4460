import type { FlowEngine } from "@ngflow/nodes/engine";
import { ExportError } from "./errors.ts";

/** Which packets are metered: every `interval`th (mode 1), or one at random of each `interval` (mode 2). */
export interface SamplingChoice {
  readonly mode: 1 | 2;
  readonly interval: number;
  readonly seed: number;
}

/** Options of an engine other than timeouts. Profile `freebsd` has none of them. */
export interface EngineChoices {
  /** Names of optional groups of fields, separated by commas. */
  readonly fields?: string | undefined;
  /** Names of parts of the flow key, separated by commas. */
  readonly key?: string | undefined;
  readonly sampling?: SamplingChoice | undefined;
}

/** Reads `N`, `random:N` or `random:N:SEED`. Returns undefined for anything else. */
export function parseSampling(text: string): SamplingChoice | undefined {
  const match = /^(random:)?([1-9]\d{0,8})(?::(\d{1,9}))?$/.exec(text);
  if (!match || (match[1] === undefined && match[3] !== undefined)) return undefined;
  return { mode: match[1] === undefined ? 1 : 2, interval: Number(match[2]), seed: Number(match[3] ?? 1) };
}

/** Applies the options to an engine. @throws NgflowError usage when the engine does not support one. */
export function applyChoices(engine: FlowEngine, choices: EngineChoices): void {
  const { fields, key, sampling } = choices;
  if (key !== undefined && engine.setKey?.(key) !== true) {
    throw new ExportError("export-key", "--key: the profile has a fixed flow key; choose profile modern");
  }
  if (fields !== undefined && engine.setFields?.(fields) !== true) {
    throw new ExportError(
      "export-fields",
      engine.setFields === undefined
        ? "--fields: the profile has no optional fields; choose profile modern"
        : `--fields ${fields}: expected a comma-separated list of mac, vlan, mpls, label, tunnel, biflow`,
    );
  }
  if (sampling === undefined) return;
  if (engine.setSampling?.(sampling.mode, sampling.interval, sampling.seed) !== true) {
    throw new ExportError("export-sampling", "--sampling: the profile meters every packet; choose profile modern");
  }
}
