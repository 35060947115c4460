import { uintBe } from "@ngflow/base";
import type { Template } from "@ngflow/wire";

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

  /** Reads an options record; `offsets` and `lengths` are those of its fields (locateFields). */
  learn(bytes: Uint8Array, template: Template, offsets: Int32Array, lengths: Int32Array): void {
    const value = (name: string): number => {
      const i = template.fields.findIndex((field) => field.element?.name === name);
      return i >= 0 && lengths[i]! > 0 && lengths[i]! <= 8 ? uintBe(bytes, offsets[i]!, lengths[i]!) : 0;
    };
    const boot = value("systemInitTimeMilliseconds");
    if (boot > 0) this.bootMs = boot;
    const rate = samplingRate(value, bytes, template, offsets, lengths);
    if (rate === 0) return;
    const id = value("samplerId") || value("selectorId");
    if (id === 0) this.general = rate;
    else if (this.byId.size < MAX_SAMPLERS || this.byId.has(id)) this.byId.set(id, rate);
  }
}

/** Most samplers of one session; real exporters have a handful. */
const MAX_SAMPLERS = 256;

/** The sampling rate N of 1 in N, from whichever fields the record has; 0 when it has none. */
function samplingRate(
  value: (name: string) => number,
  bytes: Uint8Array,
  template: Template,
  offsets: Int32Array,
  lengths: Int32Array,
): number {
  const plain = value("samplingInterval") || value("samplerRandomInterval");
  if (plain > 0) return clamp(plain);
  const interval = value("samplingPacketInterval");
  if (interval > 0) return clamp((interval + value("samplingPacketSpace")) / interval);
  const size = value("samplingSize");
  if (size > 0) return clamp(value("samplingPopulation") / size);
  const i = template.fields.findIndex((field) => field.element?.name === "samplingProbability");
  if (i >= 0 && lengths[i] === 8) {
    const probability = new DataView(bytes.buffer, bytes.byteOffset + offsets[i]!, 8).getFloat64(0);
    if (probability > 0 && probability <= 1) return clamp(1 / probability);
  }
  return 0;
}

function clamp(rate: number): number {
  return Math.min(0xffffffff, Math.round(rate));
}
