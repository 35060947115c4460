/** A route found by a lookup; filled by `RouteTable.lookup`, so that lookups allocate nothing. */
export class Route {
  interfaceIndex = 0;
  prefixLength = 0;
  hasGateway = false;
  /** Network order, 4 or 16 bytes used. */
  readonly gateway = new Uint8Array(16);
}

/** Longest-prefix lookup of the address at `o`; returns false when there is no route. */
export interface RouteTable {
  lookup(family: 4 | 6, b: Uint8Array, o: number, route: Route): boolean;
  /** Prefixes in it, where they are counted. */
  readonly routes?: number;
  /** Prefixes that there was no room for. */
  readonly routesRefused?: number;
}

/** No route for any address: masks, next hop and output interface stay 0. */
export const NO_ROUTES: RouteTable = { lookup: () => false };

/** One line of a static table; without gateway the network is directly connected. */
export interface StaticRoute {
  readonly family: 4 | 6;
  /** 4 or 16 bytes. */
  readonly prefix: Uint8Array;
  readonly prefixLength: number;
  readonly interfaceIndex: number;
  readonly gateway?: Uint8Array;
}

function covers(route: StaticRoute, b: Uint8Array, o: number): boolean {
  let bits = route.prefixLength;
  for (let i = 0; bits > 0; i++, bits -= 8) {
    const mask = bits >= 8 ? 0xff : (0xff00 >>> bits) & 0xff;
    if (((b[o + i]! ^ route.prefix[i]!) & mask) !== 0) return false;
  }
  return true;
}

/** A table of few routes, the longest prefix wins. */
export function staticRoutes(routes: readonly StaticRoute[]): RouteTable {
  const sorted = [...routes].sort((a, b) => b.prefixLength - a.prefixLength);
  return {
    lookup(family, b, o, out) {
      for (const route of sorted) {
        if (route.family !== family || !covers(route, b, o)) continue;
        out.interfaceIndex = route.interfaceIndex;
        out.prefixLength = route.prefixLength;
        out.hasGateway = route.gateway !== undefined;
        if (route.gateway) out.gateway.set(route.gateway);
        return true;
      }
      return false;
    },
  };
}
