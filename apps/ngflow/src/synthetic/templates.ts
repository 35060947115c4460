import type { TemplateField, TemplateLayout } from "@ngflow/wire/encode";
import type { Dialect, DialectOptions, DialectTemplate } from "./dialects/dialect.ts";
import { parseFields } from "./dialects/dialect.ts";
import { RecordWriter } from "./record-writer.ts";

/** A template with its writer, and what its records hold. */
export interface SyntheticTemplate extends TemplateLayout {
  readonly writer: RecordWriter;
  readonly ipv6: boolean;
  readonly hasBytes: boolean;
  readonly hasPackets: boolean;
  /** Whether a record has the counters of the reply too. */
  readonly bothWays: boolean;
}

/** An options template with its writer. */
export interface SyntheticOptions extends TemplateLayout {
  readonly scopes: number;
  readonly writer: RecordWriter;
}

const V4_KEY = "8/4 12/4";
const V6_KEY = "27/16 28/16";
const COMMON = "7/2 11/2 4/1 5/1 6/1 1/8 2/8 10/4 14/4";
const TIMES = { v9: "22/4 21/4", ipfix: "152/8 153/8" } as const;
/** Each template has those whose bits its number has, so that no two are the same. */
const EXTRA = ["16/4", "17/4", "58/2", "61/1", "136/1", "148/4", "89/1", "56/6", "80/6", "252/4"];

/** Most templates of an exporter. */
export const TEMPLATES_MAX = 2 * 2 ** EXTRA.length;

/** `count` different templates; every second is for IPv6 if there is any. */
function genericTemplates(format: "v9" | "ipfix", count: number, withIpv6: boolean): DialectTemplate[] {
  return Array.from({ length: count }, (_, i) => {
    const variant = withIpv6 ? i >> 1 : i;
    const extra = EXTRA.filter((_, bit) => (variant & (1 << bit)) !== 0);
    const key = withIpv6 && i % 2 === 1 ? V6_KEY : V4_KEY;
    return { id: 256 + i, fields: [key, COMMON, TIMES[format], ...extra].join(" ") };
  });
}

/** The sampling of all flows of an exporter: in v9 a sampler (RFC 3954), in IPFIX a selector (RFC 5477). */
const SAMPLING: Readonly<Record<"v9" | "ipfix", DialectOptions>> = {
  v9: { id: 40_000, scopes: 1, fields: "1/4 34/4 35/1", constants: { 1: 0 }, sampling: true },
  ipfix: { id: 40_000, scopes: 1, fields: "302/8 304/2 305/4 306/4", sampling: true },
};

/** What exporters send that are like no vendor's. */
export function genericDialect(format: "v9" | "ipfix", templates: number, withIpv6: boolean): Dialect {
  return {
    format,
    label: "",
    domain: 0,
    templates: genericTemplates(format, templates, withIpv6),
    options: [SAMPLING[format]],
  };
}

function has(fields: readonly TemplateField[], constants: object, ...elements: readonly number[]): boolean {
  return fields.some(
    ({ element, enterprise }) => enterprise === undefined && elements.includes(element) && !(element in constants),
  );
}

/** The template of a row of a dialect. */
export function syntheticTemplate({ id, fields: text, constants = {} }: DialectTemplate): SyntheticTemplate {
  const fields = parseFields(text);
  return {
    id,
    fields,
    writer: new RecordWriter(fields, constants),
    ipv6: has(fields, constants, 27),
    hasBytes: has(fields, constants, 1, 231),
    hasPackets: has(fields, constants, 2),
    bothWays: has(fields, constants, 232),
  };
}

/** The options template of a row of a dialect. */
function syntheticOptions({ id, scopes, fields: text, constants = {} }: DialectOptions): SyntheticOptions {
  const fields = parseFields(text);
  return { id, scopes, fields, writer: new RecordWriter(fields, constants) };
}

/** What the streams of a dialect share. */
export interface CompiledDialect {
  readonly format: "v9" | "ipfix";
  readonly templates: readonly SyntheticTemplate[];
  readonly options: readonly SyntheticOptions[];
}

/** @param sampled whether packets are sampled */
export function compileDialect({ format, templates, options = [] }: Dialect, sampled: boolean): CompiledDialect {
  const sent = options.filter(({ sampling }) => sampled || sampling !== true);
  return { format, templates: templates.map(syntheticTemplate), options: sent.map(syntheticOptions) };
}
