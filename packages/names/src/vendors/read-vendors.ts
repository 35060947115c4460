import { VENDOR_BITS, vendorKey } from "@ngflow/flows";
import { NamesError } from "../errors.ts";
import { csvCells } from "../networks/read-csv.ts";
import { nameText } from "../text.ts";

/** Vendors by `vendorKey`. */
export type Vendors = ReadonlyMap<number, string>;

const MAX_VENDORS = 200_000;

/**
 * Vendors of MAC addresses: a CSV file of IEEE (oui.csv, mam.csv, oui36.csv), whose first line begins with `Registry,`,
 * a text file of IEEE (oui.txt), or Wireshark's manuf.
 *
 * @throws NamesError `names-invalid` if no vendor is in it
 */
export function readVendors(text: string): Vendors {
  const vendors = new Map<number, string>();
  for (const { digits, name } of text.startsWith("Registry,") ? csvVendors(text) : lineVendors(text)) {
    const bits = 4 * digits.length;
    const shown = nameText(name);
    if (!VENDOR_BITS.some((each) => each === bits) || shown === "") continue;
    if (vendors.size >= MAX_VENDORS) throw new NamesError("names-invalid", `more than ${MAX_VENDORS} vendors`);
    vendors.set(vendorKey(bits, Number.parseInt(digits, 16)), shown);
  }
  if (vendors.size === 0)
    throw new NamesError("names-invalid", "no MAC vendor is in it: use oui.csv or oui.txt of IEEE, or manuf");
  return vendors;
}

interface Vendor {
  /** Hexadecimal digits of the prefix. */
  readonly digits: string;
  readonly name: string;
}

function* csvVendors(text: string): Generator<Vendor> {
  const fail = (line: number, fault: string): never => {
    throw new NamesError("names-invalid", `line ${line}: ${fault}`);
  };
  for (const { cells } of csvCells(text, fail)) {
    const [, digits = "", name = ""] = cells;
    if (/^[0-9A-Fa-f]+$/.test(digits)) yield { digits, name };
  }
}

/** `00-11-22   (hex)  NAME` of oui.txt; `00:11:22[/28]  SHORT  NAME` of manuf. */
function* lineVendors(text: string): Generator<Vendor> {
  for (const line of text.split("\n")) {
    const oui = /^([0-9A-F]{2})-([0-9A-F]{2})-([0-9A-F]{2})\s+\(hex\)\s+(.*)$/i.exec(line);
    if (oui !== null) {
      yield { digits: `${oui[1]}${oui[2]}${oui[3]}`, name: oui[4]! };
      continue;
    }
    const manuf = /^([0-9A-F]{2}(?::[0-9A-F]{2}){2,5})(?:\/(\d+))?\s+(\S+)(?:\t+(.*))?/i.exec(line);
    if (manuf === null) continue;
    const [, address = "", bits = "24", short = "", long] = manuf;
    yield { digits: address.replaceAll(":", "").slice(0, Number(bits) / 4), name: long?.trim() || short };
  }
}
