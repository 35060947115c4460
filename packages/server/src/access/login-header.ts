import { BlockList, isIP } from "node:net";
import { plainAddress } from "@ngflow/base";
import { ServerError } from "../errors.ts";
import { type Accounts, isAccountName, type Role } from "./accounts.ts";
import { isLoopback } from "./addresses.ts";
import type { Reader } from "./reader.ts";

/** A proxy that asks people for their names, and passes them on. */
export interface LoginHeader {
  /** The header with the name, such as `X-Forwarded-User`. */
  readonly header: string;
  /** Addresses and prefixes of the proxies that are believed; this machine when there are none. */
  readonly from: readonly string[];
  /** The role of people whom the accounts do not name. */
  readonly role: Role;
}

/** Believes the header of connections from trusted proxies, and of no others. @throws ServerError `login-from` */
export class TrustedHeader {
  readonly #header: string;
  readonly #role: Role;
  readonly #proxies = new BlockList();
  readonly #anyLoopback: boolean;

  constructor({ header, from, role }: LoginHeader) {
    this.#header = header;
    this.#role = role;
    this.#anyLoopback = from.length === 0;
    for (const text of from) this.#add(text);
  }

  /** Who a proxy says sent a request; null when no proxy says so. */
  readerOf(header: (name: string) => string | undefined, address: string | undefined, known: Accounts): Reader | null {
    const name = header(this.#header);
    if (name === undefined || address === undefined || !isAccountName(name) || !this.#isTrusted(address)) return null;
    const person = known.people.find((entry) => entry.name === name);
    return { name, role: person?.role ?? this.#role, by: "proxy" };
  }

  #isTrusted(address: string): boolean {
    const plain = plainAddress(address).split("%")[0]!;
    if (this.#anyLoopback) return isLoopback(plain);
    return this.#proxies.check(plain, isIP(plain) === 6 ? "ipv6" : "ipv4");
  }

  #add(text: string): void {
    const [address = "", bits] = text.split("/");
    const family = isIP(address);
    const width = family === 6 ? 128 : 32;
    const length = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : Infinity;
    if (family === 0 || length > width || text.split("/").length > 2) {
      throw new ServerError("login-from", `--login-from ${text}: write an address or a prefix, such as 192.0.2.7`);
    }
    this.#proxies.addSubnet(address, length, family === 6 ? "ipv6" : "ipv4");
  }
}
