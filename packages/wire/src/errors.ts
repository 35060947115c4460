/** Why a flow datagram, set or template was refused: stable codes, with the text shown to users. */
export const MALFORMED = {
  "header-short": "the datagram ends inside its header",
  "version-unknown": "the first bytes are not those of a known export protocol",
  "count-invalid": "the header announces more records than the datagram holds, or none",
  "length-invalid": "the message length in the header does not fit the datagram",
  "set-length": "a set is shorter than its header or longer than what is left of the datagram",
  "set-reserved": "a set id between 4 and 255 is reserved",
  "template-truncated": "a template ends outside its set",
  "template-id": "a template id below 256 is reserved",
  "template-empty": "a template describes records of no length",
  "template-fields": "a template has more than 512 fields",
  "template-long": "a template describes records longer than any datagram",
  "scope-invalid": "an options template has an impossible scope",
  "record-truncated": "a record with a variable-length field ends outside its set",
  "sample-length": "a sample is longer than what is left of the datagram, or shorter than its fields",
  "sample-record": "a record of a sample does not have the fields of its format",
  "trailing-bytes": "bytes are left after the last set",
} as const;

/** Why input could not be decoded: a key of `MALFORMED`. */
export type MalformedCode = keyof typeof MALFORMED;
