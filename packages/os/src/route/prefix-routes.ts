import { PrefixMap } from "./prefix-map.ts";
import type { Route, RouteTable } from "./routes.ts";

/** A route as the kernel reports it. */
export interface PrefixRoute {
  readonly family: 4 | 6;
  /** 4 or 16 bytes. */
  readonly prefix: Uint8Array;
  readonly prefixLength: number;
  readonly interfaceIndex: number;
  /** As long as the prefix; undefined for a connected network. */
  readonly gateway: Uint8Array | undefined;
  /** Among routes to the same prefix the least wins, then the first. */
  readonly rank: number;
  /** What goes there is refused or discarded: a lookup finds nothing, not even a shorter prefix. */
  readonly unreachable: boolean;
}

/** Where a route leads to; many prefixes share one. */
type NextHop = Omit<PrefixRoute, "family" | "prefix" | "prefixLength">;

/** A routing table that is filled once: the longest prefix wins, then the least rank. */
export class PrefixRoutes implements RouteTable {
  readonly #ipv4: PrefixMap;
  readonly #ipv6: PrefixMap;
  readonly #hops: NextHop[] = [];
  readonly #hopNumbers = new Map<string, number>();

  /** @param ipv4Max most prefixes of IPv4, and of IPv6; further ones are refused and counted */
  constructor(ipv4Max: number, ipv6Max: number) {
    this.#ipv4 = new PrefixMap(4, ipv4Max);
    this.#ipv6 = new PrefixMap(6, ipv6Max);
  }

  get routes(): number {
    return this.#ipv4.size + this.#ipv6.size;
  }

  /** Prefixes of a family that are here or were refused. */
  wanted(family: 4 | 6): number {
    const map = this.#of(family);
    return map.size + map.refused;
  }

  /** Whether a prefix was refused. */
  get overflowed(): boolean {
    return this.#ipv4.refused + this.#ipv6.refused > 0;
  }

  add(route: PrefixRoute): void {
    const map = this.#of(route.family);
    const known = map.get(route.prefix, 0, route.prefixLength);
    if (known >= 0 && this.#hops[known]!.rank <= route.rank) return;
    map.set(route.prefix, 0, route.prefixLength, this.#hopNumber(route));
  }

  lookup(family: 4 | 6, b: Uint8Array, o: number, out: Route): boolean {
    const map = family === 4 ? this.#ipv4 : this.#ipv6;
    const number = map.find(b, o);
    if (number < 0) return false;
    const hop = this.#hops[number]!;
    if (hop.unreachable) return false;
    out.interfaceIndex = hop.interfaceIndex;
    out.prefixLength = map.foundLength;
    const { gateway } = hop;
    out.hasGateway = gateway !== undefined;
    if (gateway !== undefined) for (let i = 0; i < gateway.length; i++) out.gateway[i] = gateway[i]!;
    return true;
  }

  #hopNumber({ interfaceIndex, gateway, rank, unreachable }: PrefixRoute): number {
    const key = `${interfaceIndex} ${gateway?.join(".")} ${rank} ${unreachable}`;
    let number = this.#hopNumbers.get(key);
    if (number === undefined) {
      number = this.#hops.push({ interfaceIndex, gateway, rank, unreachable }) - 1;
      this.#hopNumbers.set(key, number);
    }
    return number;
  }

  #of(family: 4 | 6): PrefixMap {
    return family === 4 ? this.#ipv4 : this.#ipv6;
  }
}
