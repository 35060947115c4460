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
    "Sends the first 8192 bytes of a file, or of the command line: C numbers from -128 to 255. This ngctl has to have " +
    "connected the hook first, with connect or mkpeer.",
  aliases: ["w"],
  words: [],
  async run(session, args) {
    const [hook, ...rest] = args;
    if (hook === undefined || rest.length === 0) return "usage";
    if (rest[0] === "-f" && rest.length !== 2) return "usage";
    const packet =
      rest[0] === "-f" ? readPacket(session.files, rest[1]!) : Uint8Array.from(rest.slice(0, MAX_PACKET), parseByte);
    const errno = await session.client.write(hook, packet);
    if (errno !== 0) throw new CommandError(`writing to hook "${hook}": ${strerror(errno)}`, { errno });
    return "ok";
  },
};

function readPacket(files: Files, file: string): Uint8Array {
  const packet = files.readStart(file, MAX_PACKET);
  if (packet.length === 0) throw new CommandError(`file "${file}" is empty`);
  return packet;
}

/** Most characters of a number that scanf looks at. */
const MAX_NUMBER = 31;
const INT64_MAX = (1n << 63n) - 1n;
const INT64_MIN = -(1n << 63n);

/**
 * The C number that a word begins with, as scanf's `%i` reads it: decimal, 0x hexadecimal or 0 octal, signed, saturated
 * to 64 bits and cut to 32.
 */
function parseByte(word: string): number {
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(word.slice(0, MAX_NUMBER));
  if (match !== null) {
    const digits = match[2]!;
    const magnitude = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits}` : digits);
    const exact = match[1] === "-" ? -magnitude : magnitude;
    const long = exact > INT64_MAX ? INT64_MAX : exact < INT64_MIN ? INT64_MIN : exact;
    const value = Number(BigInt.asIntN(32, long));
    if (value >= -128 && value <= 255) return value & 0xff;
  }
  throw new CommandError(`invalid byte "${word}"`);
}
