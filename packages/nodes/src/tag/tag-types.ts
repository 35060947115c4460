import { u16le } from "@ngflow/base";
import {
  byteArray,
  hookString,
  type LengthOf,
  NAME_BYTES,
  structType,
  uint16,
  uint32,
  uint8,
  type ValueOf,
} from "@ngflow/graph";
import { counterStruct } from "../hook-stats.ts";

/** `tag_len`, read from the bytes of the struct where it is `at`. */
function tagLengthAt(at: number): LengthOf {
  return (data, start) => (start + at + 2 <= data.length ? u16le(data, start + at) : 0);
}

/** Three names, `strip` with padding, `tag_cookie` and `tag_id` are before `tag_len`; of the other one name only. */
const IN_LENGTH_AT = 3 * NAME_BYTES + 10;
const OUT_LENGTH_AT = NAME_BYTES + 6;

export const hookInType = structType([
  ["thisHook", hookString],
  ["ifMatch", hookString],
  ["ifNotMatch", hookString],
  ["strip", uint8],
  ["tag_cookie", uint32],
  ["tag_id", uint16],
  ["tag_len", uint16],
  ["tag_data", byteArray(tagLengthAt(IN_LENGTH_AT))],
]);
export type HookIn = ValueOf<typeof hookInType>;

export const hookOutType = structType([
  ["thisHook", hookString],
  ["tag_cookie", uint32],
  ["tag_id", uint16],
  ["tag_len", uint16],
  ["tag_data", byteArray(tagLengthAt(OUT_LENGTH_AT))],
]);
export type HookOut = ValueOf<typeof hookOutType>;

export const statsType = counterStruct([
  "recvFrames",
  "recvOctets",
  "recvMatchFrames",
  "recvMatchOctets",
  "xmitFrames",
  "xmitOctets",
]);
export type HookStats = ValueOf<typeof statsType>;
