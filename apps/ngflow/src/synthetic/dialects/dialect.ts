import type { TemplateField } from "@ngflow/wire/encode";
import type { Constants } from "../record-writer.ts";

/** A template of a dialect, and what its records hold. */
export interface DialectTemplate {
  /** 256 to 65535. */
  readonly id: number;
  /** `ELEMENT/LENGTH` or `PEN.ELEMENT/LENGTH`, separated by spaces; length 65535 is variable. */
  readonly fields: string;
  /** What fields hold that have no value of a flow. */
  readonly constants?: Constants;
}

/** An options template, with one record. */
export interface DialectOptions extends DialectTemplate {
  /** The first fields that are scope; in v9 their numbers are those of scope types. */
  readonly scopes: number;
  /** Sent only if packets are sampled. */
  readonly sampling?: boolean;
}

/** How the exporters of a vendor send: its templates as seen in captures, and its habits. */
export interface Dialect {
  readonly format: "v9" | "ipfix";
  /** For the help: devices whose datagrams it follows. */
  readonly label: string;
  /** Templates of both families, used in turn. */
  readonly templates: readonly DialectTemplate[];
  readonly options?: readonly DialectOptions[];
  /** Source id or observation domain. */
  readonly domain: number;
  /** Datagrams between two announcements of the templates. */
  readonly templateEvery?: number;
}

/** Reads the fields of a dialect's template. */
export function parseFields(text: string): TemplateField[] {
  return text.split(" ").map((word) => {
    const match = /^(?:(\d+)\.)?(\d+)\/(\d+)$/.exec(word);
    if (match === null) throw new RangeError(`"${word}" is not ELEMENT/LENGTH`);
    const field = { element: Number(match[2]), length: Number(match[3]) };
    return match[1] === undefined ? field : { ...field, enterprise: Number(match[1]) };
  });
}
