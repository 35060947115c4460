import { hint16, hint8, int32, int64, structType, typeOf, uint32, uint64, uint8 } from "@ngflow/graph";

/** `struct timeval` of amd64: two 64-bit numbers. */
export const timevalType = structType([
  ["tv_sec", int64],
  ["tv_usec", int64],
]);

export const statsType = structType([
  ["outOctets", uint64],
  ["outFrames", uint64],
  ["queueOctets", uint32],
  ["queueFrames", uint32],
  ["maxPps", uint32],
  ["startTime", timevalType],
  ["endTime", timevalType],
  ["elapsedTime", timevalType],
  ["lastTime", timevalType],
]);

export const timestampType = structType([
  ["offset", hint16],
  ["flags", hint8],
]);

export const counterType = structType([
  ["offset", hint16],
  ["flags", hint8],
  ["width", uint8],
  ["next_val", uint32],
  ["min_val", uint32],
  ["max_val", uint32],
  ["increment", int32],
  ["index", uint8],
]);

/** An index; what follows it is ignored. */
export const leadingIndex = typeOf<number>(uint8, {
  open: true,
  get(input) {
    const index = uint8.get(input);
    input.at = input.data.length;
    return index;
  },
  put: (value, output) => uint8.put(value, output),
});
