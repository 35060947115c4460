import { Route, type RouteTable } from "./routes.ts";

/** A route as the kernel tells it. */
export interface PrefixRoute {
  readonly family: 4 | 6;
  /** 4 or 16 bytes. */
  readonly prefix: Uint8Array;
  readonly prefixLength: number;
  readonly interfaceIndex: number;
  readonly gateway?: Uint8Array | undefined;
  /** Among routes to the same prefix the least wins. */
  readonly metric: number;
  /** The kernel refuses or discards what goes there: a lookup finds nothing, nor any shorter prefix. */
  readonly unreachable: boolean;
}

/** Routes to one prefix, the best first. */
type Candidates = PrefixRoute[];

/** One family's routes: a map for each prefix length that occurs, longest first. */
class Family {
  private readonly bytes: number;
  private readonly byLength = new Map<number, Map<string | number, Candidates>>();
  private lengths: number[] = [];

  constructor(bytes: 4 | 16) {
    this.bytes = bytes;
  }

  clear(): void {
    this.byLength.clear();
    this.lengths = [];
  }

  add(route: PrefixRoute): void {
    const key = this.key(route.prefix, 0, route.prefixLength);
    let map = this.byLength.get(route.prefixLength);
    if (map === undefined) {
      map = new Map();
      this.byLength.set(route.prefixLength, map);
      this.lengths = [...this.byLength.keys()].sort((a, b) => b - a);
    }
    const others = (map.get(key) ?? []).filter((each) => each.metric !== route.metric);
    map.set(
      key,
      [...others, route].sort((a, b) => a.metric - b.metric),
    );
  }

  remove(route: PrefixRoute): void {
    const map = this.byLength.get(route.prefixLength);
    const key = this.key(route.prefix, 0, route.prefixLength);
    const left = (map?.get(key) ?? []).filter((each) => each.metric !== route.metric);
    if (map === undefined) return;
    if (left.length > 0) map.set(key, left);
    else map.delete(key);
    if (map.size > 0) return;
    this.byLength.delete(route.prefixLength);
    this.lengths = this.lengths.filter((length) => length !== route.prefixLength);
  }

  find(b: Uint8Array, o: number): PrefixRoute | undefined {
    const { lengths } = this;
    for (let i = 0; i < lengths.length; i++) {
      const found = this.byLength.get(lengths[i]!)!.get(this.key(b, o, lengths[i]!));
      if (found !== undefined) return found[0];
    }
    return undefined;
  }

  /** The first `length` bits of an address: a number for IPv4, text of 16-bit units for IPv6. */
  private key(b: Uint8Array, o: number, length: number): string | number {
    if (this.bytes === 4) {
      const word = (b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!;
      return length === 0 ? 0 : word >>> (32 - length);
    }
    let text = "";
    for (let bit = 0; bit < length; bit += 16) {
      const unit = (b[o + (bit >> 3)]! << 8) | b[o + (bit >> 3) + 1]!;
      text += String.fromCharCode(length - bit >= 16 ? unit : unit >>> (16 - (length - bit)));
    }
    return text;
  }
}

/** A routing table that changes: the longest prefix wins, then the least metric. */
export class PrefixTable implements RouteTable {
  private readonly ipv4 = new Family(4);
  private readonly ipv6 = new Family(16);

  clear(): void {
    this.ipv4.clear();
    this.ipv6.clear();
  }

  /** Adds a route; one to the same prefix with the same metric is replaced. */
  add(route: PrefixRoute): void {
    this.of(route.family).add(route);
  }

  /** Forgets the route to that prefix with that metric. */
  remove(route: PrefixRoute): void {
    this.of(route.family).remove(route);
  }

  lookup(family: 4 | 6, b: Uint8Array, o: number, out: Route): boolean {
    const route = this.of(family).find(b, o);
    if (route === undefined || route.unreachable) return false;
    out.interfaceIndex = route.interfaceIndex;
    out.prefixLength = route.prefixLength;
    out.hasGateway = route.gateway !== undefined;
    if (route.gateway !== undefined) out.gateway.set(route.gateway);
    return true;
  }

  private of(family: 4 | 6): Family {
    return family === 4 ? this.ipv4 : this.ipv6;
  }
}
