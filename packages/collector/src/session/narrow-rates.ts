import type { DomainFacts } from "./exporter-facts.ts";
import type { Rates } from "./rates.ts";

/** Rates of an exporter, and where it has said nothing, those of the one that sends for it. One object, used again. */
export class NarrowRates implements Rates {
  own: DomainFacts;
  wide: DomainFacts;

  constructor(own: DomainFacts, wide: DomainFacts) {
    this.own = own;
    this.wide = wide;
  }

  get hasSamplers(): boolean {
    return this.own.hasSamplers || this.wide.hasSamplers;
  }

  get hasInterfaces(): boolean {
    return this.own.hasInterfaces || this.wide.hasInterfaces;
  }

  get hasLineCards(): boolean {
    return this.own.hasLineCards || this.wide.hasLineCards;
  }

  sampler(id: number): number {
    return this.own.sampler(id) || this.wide.sampler(id);
  }

  interface(index: number): number {
    return this.own.interface(index) || this.wide.interface(index);
  }

  lineCard(id: number): number {
    return this.own.lineCard(id) || this.wide.lineCard(id);
  }
}
