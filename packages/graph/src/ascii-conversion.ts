import { u32le } from "@ngflow/base";
import { textOfBytes, bytesOfText } from "./byte-string.ts";
import { NgError } from "./ng-error.ts";
import { GENERIC_MESSAGES } from "./generic-types.ts";
import { decodeMessage, encodeMessage, GENERIC_COOKIE, HEADER_BYTES, RESPONSE } from "./message.ts";
import type { MessageDescriptor, NodeType } from "./node-type.ts";
import type { ControlMessage } from "./control-message.ts";
import { parseArgs, unparseArgs } from "./parse/arguments.ts";

/** A descriptor with the cookie it goes with. */
interface Command {
  readonly descriptor: MessageDescriptor;
  readonly cookie: number;
}

/** The type's own commands first, then the generic ones. @throws NgError ENOSYS when none matches. */
function find(type: NodeType, matches: (descriptor: MessageDescriptor, cookie: number) => boolean): Command {
  for (const descriptor of type.messages) {
    const cookie = descriptor.cookie ?? type.cookie;
    if (matches(descriptor, cookie)) return { descriptor, cookie };
  }
  for (const descriptor of GENERIC_MESSAGES) {
    if (matches(descriptor, GENERIC_COOKIE)) return { descriptor, cookie: GENERIC_COOKIE };
  }
  throw new NgError("ENOSYS");
}

/**
 * Translates a message whose data is argument text into binary form for nodes of `type`.
 * @throws NgError ENOSYS for an unknown command, else the errors of the argument language.
 */
export function asciiToBinary(type: NodeType, ascii: ControlMessage, text: string): ControlMessage {
  const { descriptor, cookie } = find(type, ({ name }) => name === ascii.cmdstr);
  const argument = (ascii.flags & RESPONSE) === 0 ? descriptor.args : descriptor.reply;
  const data = argument === undefined ? new Uint8Array(0) : parseArgs(argument, text);
  return { ...ascii, cookie, cmd: descriptor.cmd, data };
}

/** Name and argument text of a binary message to or from nodes of `type`. @throws NgError ENOSYS, ERANGE. */
export function binaryToAscii(
  type: NodeType,
  binary: ControlMessage,
): { readonly name: string; readonly text: string } {
  const { descriptor } = find(type, ({ cmd }, cookie) => cmd === binary.cmd && cookie === binary.cookie);
  const argument = (binary.flags & RESPONSE) === 0 ? descriptor.args : descriptor.reply;
  return { name: descriptor.name, text: argument === undefined ? "" : unparseArgs(argument, binary.data) };
}

/** Handles NGM_ASCII2BINARY: the data is a whole message with zero-terminated text, and so is the reply. */
export function convertToBinary(type: NodeType, data: Uint8Array): Uint8Array {
  if (data.length < HEADER_BYTES + 1 || u32le(data, 4) < 1) throw new NgError("EINVAL");
  const ascii = decodeMessage(data);
  const text = textOfBytes(ascii.data, 0, ascii.data.length - 1);
  return encodeMessage(asciiToBinary(type, ascii, text));
}

/** Handles NGM_BINARY2ASCII. */
export function convertToAscii(type: NodeType, data: Uint8Array): Uint8Array {
  const binary = decodeMessage(data);
  const { name, text } = binaryToAscii(type, binary);
  return encodeMessage({ ...binary, cmdstr: name, data: bytesOfText(`${text}\0`) });
}
