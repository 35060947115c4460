import type { AbstractType } from "./abstract-type.ts";

/** An information element: what a field of a record means (RFC 7012). */
export interface InformationElement {
  /** Private enterprise number; 0 for the IANA registry. */
  readonly pen: number;
  /** Element id without the enterprise bit. NetFlow v9 field types are ids of enterprise 0. */
  readonly id: number;
  readonly name: string;
  readonly type: AbstractType;
}
