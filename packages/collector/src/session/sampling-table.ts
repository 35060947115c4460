import { uintBe } from "@ngflow/base";
import type { OptionsElement, OptionsPlan } from "../plan/options-plan.ts";

/** Sampling rates that an exporter sent in options records, and its start time. */
export class SamplingTable {
  /** Rates by sampler or selector id. */
  readonly byId = new Map<number, number>();
  /** Rate sent without an id, 0 for none. */
  general = 0;
  /** systemInitTimeMilliseconds of the exporter, 0 when it was never sent. */
  bootMs = 0;

  /** The rate of records that name no sampler: the general one, or that of the only sampler; 0 when unknown. */
  get fallback(): number {
    if (this.general > 0) return this.general;
    let rate = 0;
    for (const r of this.byId.values()) {
      if (rate !== 0 && rate !== r) return 0;
      rate = r;
    }
    return rate;
  }

  /** Reads an options record. Its fields are at the plan's offsets from `base`. */
  learn(bytes: Uint8Array, base: number, plan: OptionsPlan): void {
    const boot = valueOf(bytes, base, plan, "systemInitTimeMilliseconds");
    if (boot > 0) this.bootMs = boot;
    const rate = samplingRate(bytes, base, plan);
    if (rate === 0) return;
    const id = valueOf(bytes, base, plan, "samplerId") || valueOf(bytes, base, plan, "selectorId");
    if (id === 0) this.general = rate;
    else if (this.byId.size < MAX_SAMPLERS || this.byId.has(id)) this.byId.set(id, rate);
  }
}

/** Most samplers of one session; real exporters have a handful. */
const MAX_SAMPLERS = 256;

/** The integer of an element; 0 when the record lacks it. */
function valueOf(bytes: Uint8Array, base: number, plan: OptionsPlan, name: OptionsElement): number {
  const i = plan.fields[name];
  if (i < 0) return 0;
  const length = plan.lengths[i]!;
  return length > 0 && length <= 8 ? uintBe(bytes, base + plan.offsets[i]!, length) : 0;
}

/** The sampling rate N of 1 in N, from whichever fields the record has; 0 when it has none. */
function samplingRate(bytes: Uint8Array, base: number, plan: OptionsPlan): number {
  const plain = valueOf(bytes, base, plan, "samplingInterval") || valueOf(bytes, base, plan, "samplerRandomInterval");
  if (plain > 0) return clamp(plain);
  const interval = valueOf(bytes, base, plan, "samplingPacketInterval");
  if (interval > 0) return clamp((interval + valueOf(bytes, base, plan, "samplingPacketSpace")) / interval);
  const size = valueOf(bytes, base, plan, "samplingSize");
  if (size > 0) return clamp(valueOf(bytes, base, plan, "samplingPopulation") / size);
  const i = plan.fields.samplingProbability;
  if (i >= 0 && plan.lengths[i] === 8) {
    const probability = new DataView(bytes.buffer, bytes.byteOffset + base + plan.offsets[i]!, 8).getFloat64(0);
    if (probability > 0 && probability <= 1) return clamp(1 / probability);
  }
  return 0;
}

function clamp(rate: number): number {
  return Math.min(0xffffffff, Math.round(rate));
}
