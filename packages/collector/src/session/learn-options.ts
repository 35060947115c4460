import { uintBe } from "@ngflow/base";
import type { OptionsElement, OptionsPlan } from "../plan/options-plan.ts";
import type { DomainFacts } from "./exporter-facts.ts";

/** Most domains that an exporter may name rates of from another one. */
const MAX_NAMED_DOMAINS = 64;

/**
 * Reads an options record: what it says, about what its scope names. The fields are at the plan's offsets from `base`.
 * An element that is there with the value 0 is a value: sampler 0 is a sampler, and a rate of 0 makes the one that the
 * same template sent before void.
 */
export function learnOptions(bytes: Uint8Array, base: number, plan: OptionsPlan, facts: DomainFacts): void {
  const value = (name: OptionsElement): number => valueOf(bytes, base, plan, name);
  const { id } = plan.template;
  const otherDomain = value("observationDomainId");
  const elsewhere = otherDomain > 0 && otherDomain !== facts.domain;
  const boot = value("systemInitTimeMilliseconds");
  if (boot > 0 && !elsewhere) facts.set("boot", 0, boot, id, otherDomain <= 0);
  const active = value("flowActiveTimeout");
  if (active > 0 && !elsewhere) facts.set("activeTimeout", 0, clamp(active), id, otherDomain <= 0);
  else if (active === 0) facts.unset("activeTimeout", 0, id);
  const rate = samplingRate(bytes, base, plan);
  if (rate < 0) return;
  if (elsewhere) {
    const { forDomains } = facts.exporter;
    if (rate === 0) forDomains.delete(otherDomain);
    else if (forDomains.size < MAX_NAMED_DOMAINS || forDomains.has(otherDomain)) forDomains.set(otherDomain, rate);
    return;
  }
  const put = (kind: Parameters<DomainFacts["set"]>[0], key: number, shared: boolean): void => {
    if (rate > 0) facts.set(kind, key, rate, id, shared);
    else facts.unset(kind, key, id);
  };
  const sampler = value("samplerId") >= 0 ? value("samplerId") : value("selectorId");
  const port = value("interface") >= 0 ? value("interface") : value("ingressInterface");
  const out = value("egressInterface");
  const card = value("lineCard") >= 0 ? value("lineCard") : value("lineCardId");
  const template = value("template") >= 0 ? value("template") : value("templateId");
  if (sampler >= 0) put("sampler", sampler, true);
  if (port >= 0) put("interface", port, true);
  if (out >= 0) put("interface", out, true);
  if (card >= 0) put("lineCard", card, true);
  if (template >= 0) put("template", template, false);
  if (sampler < 0 && port < 0 && out < 0 && card < 0 && template < 0) put("general", 0, otherDomain <= 0);
}

/** The integer of an element; -1 when the record lacks it. */
function valueOf(bytes: Uint8Array, base: number, plan: OptionsPlan, name: OptionsElement): number {
  const i = plan.fields[name];
  if (i < 0) return -1;
  const length = plan.lengths[i]!;
  return length > 0 && length <= 8 ? uintBe(bytes, base + plan.offsets[i]!, length) : -1;
}

/** The sampling rate N of 1 in N, from whichever fields the record has; 0 when none has a value, -1 without them. */
function samplingRate(bytes: Uint8Array, base: number, plan: OptionsPlan): number {
  const value = (name: OptionsElement): number => valueOf(bytes, base, plan, name);
  const plain = Math.max(value("samplingInterval"), value("samplerRandomInterval"));
  if (plain > 0) return clamp(plain);
  const interval = value("samplingPacketInterval");
  if (interval > 0) return clamp((interval + Math.max(0, value("samplingPacketSpace"))) / interval);
  const time = value("samplingTimeInterval");
  if (time > 0) return clamp((time + Math.max(0, value("samplingTimeSpace"))) / time);
  const size = value("samplingSize");
  if (size > 0) return clamp(Math.max(0, value("samplingPopulation")) / size);
  const i = plan.fields.samplingProbability;
  const length = i < 0 ? 0 : plan.lengths[i]!;
  if (length === 4 || length === 8) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + base + plan.offsets[i]!, length);
    const probability = length === 4 ? view.getFloat32(0) : view.getFloat64(0);
    return probability > 0 && probability <= 1 ? clamp(1 / probability) : 0;
  }
  return Math.max(plain, interval, time, size) < 0 ? -1 : 0;
}

function clamp(rate: number): number {
  return Math.min(0xffffffff, Math.round(rate));
}
