import { u32le } from "@ngflow/base";
import {
  hookString,
  type LengthOf,
  structType,
  uint16,
  uint32,
  uint8,
  type ValueOf,
  variableArray,
} from "@ngflow/graph";

/** Bits of `setencap`: whose packets get their VLAN tag into the frame on the way downstream. */
export const FROM_FILTER = 1;
export const FROM_NOMATCH = 2;

/** `vlan` is the older name of `vid`. */
export const filterType = structType([
  ["hook", hookString],
  ["vlan", uint16],
  ["vid", uint16],
  ["pcp", uint8],
  ["cfi", uint8],
]);
export type VlanFilter = ValueOf<typeof filterType>;

const filterCount: LengthOf = (data, start) => (start + 4 <= data.length ? u32le(data, start) : 0);

export const tableType = structType([
  ["n", uint32],
  ["filter", variableArray(filterType, filterCount)],
]);
