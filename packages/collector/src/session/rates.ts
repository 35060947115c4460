/** Sampling rates that an exporter has sent, as rows look them up; 0 where nothing is known. */
export interface Rates {
  readonly hasSamplers: boolean;
  readonly hasInterfaces: boolean;
  readonly hasLineCards: boolean;
  /** Rate of the sampler or selector that a record names. */
  sampler(id: number): number;
  /** Rate of an interface, for records that name no sampler. */
  interface(index: number): number;
  /** Rate of a line card, for records that name no sampler. */
  lineCard(id: number): number;
}

/** Of an exporter that has sent nothing. */
export const NO_RATES: Rates = {
  hasSamplers: false,
  hasInterfaces: false,
  hasLineCards: false,
  sampler: () => 0,
  interface: () => 0,
  lineCard: () => 0,
};
