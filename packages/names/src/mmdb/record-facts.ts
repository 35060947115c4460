import { nameText } from "../text.ts";
import type { MmdbMap, MmdbValue } from "./mmdb-data.ts";

/** Where an address is: country as ISO 3166-1 code. Texts are empty where nothing is known. */
export interface Place {
  readonly country: string;
  readonly state: string;
  readonly city: string;
}

/** What a record says of the AS: the number, 0 for none, and its name. */
export interface AsFacts {
  readonly number: number;
  readonly name: string;
}

/** The place of a record, as MaxMind, DB-IP and IPinfo write it. */
export function placeOf(record: MmdbMap): Place {
  const country = map(record["country"]) ?? map(record["registered_country"]);
  const [first] = Array.isArray(record["subdivisions"]) ? record["subdivisions"] : [];
  const state = map(first as MmdbValue | undefined);
  const city = map(record["city"]);
  return {
    country: nameText(country?.["iso_code"] ?? record["country_code"] ?? record["country"]).toUpperCase(),
    state: english(state) || nameText(state?.["iso_code"] ?? record["region"]),
    city: english(city) || nameText(record["city"]),
  };
}

/** The AS of a record: `autonomous_system_number` of MaxMind and DB-IP, `asn` of IPinfo (`AS64500`). */
export function asOf(record: MmdbMap): AsFacts {
  const written = record["autonomous_system_number"] ?? record["asn"] ?? 0;
  const number =
    typeof written === "string" ? Number(written.replace(/^AS/i, "")) : typeof written === "number" ? written : 0;
  const name = record["autonomous_system_organization"] ?? record["as_name"] ?? record["name"] ?? "";
  const isNumber = Number.isInteger(number) && number > 0 && number <= 0xffff_ffff;
  return { number: isNumber ? number : 0, name: isNumber ? nameText(name) : "" };
}

function map(value: MmdbValue | undefined): MmdbMap | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as MmdbMap) : undefined;
}

function english(value: MmdbMap | undefined): string {
  return nameText(map(value?.["names"])?.["en"]);
}
