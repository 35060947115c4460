import { BlockList, isIP } from "node:net";
import { CollectorError } from "../errors.ts";

/** The addresses that may send: those in a list of prefixes. */
export class AllowedExporters {
  readonly #prefixes = new BlockList();
  #last = "";
  #lastAllowed = false;

  /** Undefined for an empty list, by which every address may send. @throws CollectorError as the constructor */
  static of(prefixes: readonly string[]): AllowedExporters | undefined {
    return prefixes.length > 0 ? new AllowedExporters(prefixes) : undefined;
  }

  /**
   * @param prefixes addresses or prefixes such as `192.0.2.0/24` and `2001:db8::1`
   * @throws CollectorError for anything else
   */
  constructor(prefixes: readonly string[]) {
    for (const text of prefixes) this.#add(text);
  }

  /** Whether an address may send; `::ffff:192.0.2.1` is IPv4, and a zone, as in `fe80::1%eth0`, is ignored. */
  has(address: string): boolean {
    if (address === this.#last) return this.#lastAllowed;
    const plain = address.split("%")[0]!;
    this.#last = address;
    this.#lastAllowed = this.#prefixes.check(plain, isIP(plain) === 6 ? "ipv6" : "ipv4");
    return this.#lastAllowed;
  }

  #add(text: string): void {
    const [address, bits, ...more] = text.split("/") as [string, string?];
    const family = isIP(address);
    const width = family === 6 ? 128 : 32;
    const length = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : Infinity;
    if (family === 0 || more.length > 0 || length > width) {
      throw new CollectorError(
        "exporter-prefix",
        `"${text}" is not an address or prefix of exporters; write it as 192.0.2.0/24 or 2001:db8::/32`,
      );
    }
    this.#prefixes.addSubnet(address, length, family === 6 ? "ipv6" : "ipv4");
  }
}
