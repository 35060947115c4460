import type { Rng } from "@ngflow/base";

/** The hosts of the generated network, in the documentation ranges (RFC 5737, RFC 3849) and a private one. */
export interface Population {
  /** Hosts behind the interface. */
  readonly clients: readonly Host[];
  /** Hosts beyond it. */
  readonly servers: readonly Host[];
}

export interface Host {
  readonly mac: Uint8Array;
  readonly ipv4: Uint8Array;
  readonly ipv6: Uint8Array;
}

/** Uniform in [0, 1). */
export function unit(rng: Rng): number {
  return rng.u32() / 4294967296;
}

/** Index 0 to n - 1 with Zipf-like popularity: the first are chosen far more often than the last. */
export function zipf(rng: Rng, n: number): number {
  return Math.min(n - 1, Math.floor(Math.exp(unit(rng) * Math.log(n + 1)) - 1));
}

const ROUTER_MAC = Uint8Array.of(0x02, 0x00, 0x5e, 0x00, 0x00, 0x01);
const SERVER_NETS = [
  [192, 0, 2],
  [198, 51, 100],
  [203, 0, 113],
] as const;

/** `clientCount` hosts in 10.20.0.0/16 and 2001:db8:20::/64, `serverCount` (at most 700) in the documentation nets. */
export function createPopulation(clientCount: number, serverCount: number): Population {
  const clients = Array.from({ length: clientCount }, (_, i) => host(i, [10, 20, i >> 8, (i & 0xff) + 10], 0x20));
  const servers = Array.from({ length: serverCount }, (_, i) => {
    const net = SERVER_NETS[i % 3]!;
    return { ...host(i, [...net, 1 + Math.floor(i / 3)], 0x5e), mac: ROUTER_MAC };
  });
  return { clients, servers };
}

function host(i: number, ipv4: readonly number[], subnet: number): Host {
  const ipv6 = new Uint8Array(16);
  ipv6.set([0x20, 0x01, 0x0d, 0xb8, 0x00, subnet]);
  ipv6[14] = (i + 16) >> 8;
  ipv6[15] = (i + 16) & 0xff;
  return { mac: Uint8Array.of(0x02, 0x00, 0x5e, 0x10, i >> 8, i & 0xff), ipv4: Uint8Array.from(ipv4), ipv6 };
}
