import { Arena } from "../cache/arena.ts";

const PROTOCOLS = 256;

/**
 * Inactive and active timeouts in microseconds, for every IP protocol. The data path compares with the least of them
 * first, and asks for a protocol's own only beyond that.
 */
export class Timeouts {
  /** By protocol. */
  readonly inactiveUs: Float64Array;
  readonly activeUs: Float64Array;
  leastInactiveUs = 15e6;
  leastActiveUs = 1800e6;
  /** 1 for protocols with timeouts of their own. */
  readonly #own = new Uint8Array(256);

  #general = { inactive: 15, active: 1800 };

  /** @param arena has room for `arenaBytes` */
  constructor(arena = Arena.plain(Timeouts.arenaBytes())) {
    this.inactiveUs = arena.float64(PROTOCOLS).fill(15e6);
    this.activeUs = arena.float64(PROTOCOLS).fill(1800e6);
  }

  static arenaBytes(): number {
    return 2 * Arena.room(8 * PROTOCOLS);
  }

  /** For every protocol without its own timeouts. */
  setGeneral(inactiveSeconds: number, activeSeconds: number): void {
    this.#general = { inactive: inactiveSeconds, active: activeSeconds };
    for (let protocol = 0; protocol < 256; protocol++) {
      if (this.#own[protocol] === 0) this.#put(protocol, inactiveSeconds, activeSeconds);
    }
    this.#findLeast();
  }

  setProtocol(protocol: number, inactiveSeconds: number, activeSeconds: number): void {
    this.#own[protocol] = 1;
    this.#put(protocol, inactiveSeconds, activeSeconds);
    this.#findLeast();
  }

  /** Removes the protocol's own timeouts. */
  clearProtocol(protocol: number): void {
    this.#own[protocol] = 0;
    this.#put(protocol, this.#general.inactive, this.#general.active);
    this.#findLeast();
  }

  #put(protocol: number, inactiveSeconds: number, activeSeconds: number): void {
    this.inactiveUs[protocol] = inactiveSeconds * 1e6;
    this.activeUs[protocol] = activeSeconds * 1e6;
  }

  #findLeast(): void {
    this.leastInactiveUs = Math.min(...this.inactiveUs);
    this.leastActiveUs = Math.min(...this.activeUs);
  }
}
