/** The sender of a datagram, on every line of it. */
interface Origin {
  readonly exporter: string;
  /** Address that the exporter puts into the datagram, if the protocol has one. */
  readonly agent?: string;
  /** Name of the protocol, if the version alone does not identify it. */
  readonly protocol?: string;
  readonly version: number;
  readonly domain: number;
}

/** Fields that all lines of a datagram share. */
export interface LineHead {
  readonly origin: Origin;
  readonly sequence: number;
  /** Header fields that apply to every record. */
  readonly facts: Readonly<Record<string, number>>;
}
