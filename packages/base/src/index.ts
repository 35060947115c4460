export {
  formatIp,
  formatIpv4,
  formatIpv6,
  formatMac,
  isMappedIpv4,
  isMulticast,
  parseIp,
  plainAddress,
} from "./address.ts";
export type { Brand } from "./brand.ts";
export {
  fromHex,
  i32be,
  setU16be,
  setU16le,
  setU32be,
  setU32le,
  setU64be,
  setU64le,
  toHex,
  u16be,
  u16le,
  u24be,
  u32be,
  u32le,
  u8,
  uintBe,
} from "./bytes.ts";
export { type Clock, type Rng, seededRng } from "./clock.ts";
export {
  errorClass,
  type ErrorTable,
  EXIT,
  type ExitName,
  type Failure,
  failureOf,
  NgflowError,
  RelayedError,
} from "./error.ts";
export { E, ERRNO, strerror, type ErrnoName } from "./errno.ts";
export { type Log, silentLog } from "./log.ts";
export { LINK_ETHERNET, LINK_RAW, PacketBatch, packetsOf } from "./packet-batch.ts";
export type { PacketTag, TagList } from "./tag-list.ts";
export { terminalText, terminalWord } from "./terminal-text.ts";
