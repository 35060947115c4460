import { strerror } from "@ngflow/base";
import type { Files } from "./files.ts";
import { type Verb } from "./verb.ts";
import { CommandError } from "./command-error.ts";

/** Largest packet that `write` sends, in bytes. */
const MAX_PACKET = 8192;

export const write: Verb = {
  name: "write",
  usage: "write hook < -f file | byte ... >",
  summary: "Send a packet out of a hook of this ngctl.",
  help:
    "Sends the first 8192 bytes of a file, or the bytes on the command line as C numbers from -128 to 255. This ngctl has " +
    "to have connected the hook first, with connect or mkpeer.",
  aliases: ["w"],
  words: [],
  async run(session, args) {
    const [hook, ...rest] = args;
    if (hook === undefined || rest.length === 0) return "usage";
    if (rest[0] === "-f" && rest.length !== 2) return "usage";
    if (rest.length > MAX_PACKET) return "usage";
    const packet = rest[0] === "-f" ? readPacket(session.files, rest[1]!) : Uint8Array.from(rest, parseByte);
    const errno = await session.client.write(hook, packet);
    if (errno !== 0) throw new CommandError(`writing to hook "${hook}": ${strerror(errno)}`);
    return "ok";
  },
};

function readPacket(files: Files, file: string): Uint8Array {
  const packet = files.readStart(file, MAX_PACKET);
  if (packet.length === 0) throw new CommandError(`file "${file}" is empty`);
  return packet;
}

/** A C number: decimal, 0x hexadecimal or 0 octal, signed. */
function parseByte(word: string): number {
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.exec(word);
  if (match !== null) {
    const digits = match[2]!;
    const magnitude = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
    const value = match[1] === "-" ? -magnitude : magnitude;
    if (value >= -128 && value <= 255) return value & 0xff;
  }
  throw new CommandError(`invalid byte "${word}"`);
}
