import { setU32le, u32le } from "@ngflow/base";
import { NgError } from "./ng-error.ts";
import type { ControlMessage } from "./control-message.ts";
import { bytesOfText, textOfBytes } from "./byte-string.ts";

/** NG_VERSION: the only version of messages understood (reference: netgraph.md §1). */
export const MESSAGE_VERSION = 8;
/** Bytes of `struct ng_mesg` before its data. */
export const HEADER_BYTES = 56;
/** NGF_RESP in `flags`. */
export const RESPONSE = 1;
/** Cookie of the messages that every node answers. */
export const GENERIC_COOKIE = 1137070366;
/** Cookie of flow-control messages, which run along hooks. */
export const FLOW_COOKIE = 851672669;
/** NGM_LINK_IS_UP: the link behind the hook works again. */
export const LINK_IS_UP = 32;
/** NGM_LINK_IS_DOWN: the link behind the hook does not work. */
export const LINK_IS_DOWN = 33;

const CMDSTR_AT = 24;

/** Bytes of a message: header and data, little-endian (reference: netgraph.md §1). */
export function encodeMessage(message: ControlMessage): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + message.data.length);
  bytes[0] = MESSAGE_VERSION;
  setU32le(bytes, 4, message.data.length);
  setU32le(bytes, 8, message.cmd);
  setU32le(bytes, 12, message.flags);
  setU32le(bytes, 16, message.token);
  setU32le(bytes, 20, message.cookie);
  bytes.set(bytesOfText(message.cmdstr).subarray(0, HEADER_BYTES - CMDSTR_AT - 1), CMDSTR_AT);
  bytes.set(message.data, HEADER_BYTES);
  return bytes;
}

/**
 * The message in `bytes`; its data is a view.
 * @throws NgError EINVAL when the bytes are shorter than a header or than the header says, or when the version is
 *   not 8.
 */
export function decodeMessage(bytes: Uint8Array): ControlMessage {
  if (bytes.length < HEADER_BYTES || bytes[0] !== MESSAGE_VERSION) throw new NgError("EINVAL");
  const length = u32le(bytes, 4);
  if (length > bytes.length - HEADER_BYTES) throw new NgError("EINVAL");
  return {
    cmd: u32le(bytes, 8),
    flags: u32le(bytes, 12),
    token: u32le(bytes, 16),
    cookie: u32le(bytes, 20),
    cmdstr: textOfBytes(bytes, CMDSTR_AT, HEADER_BYTES),
    data: bytes.subarray(HEADER_BYTES, HEADER_BYTES + length),
  };
}

/** The reply to a message: same cookie, command and token, with the response flag. */
export function responseTo(message: ControlMessage, data: Uint8Array): ControlMessage {
  return { ...message, flags: message.flags | RESPONSE, data };
}
