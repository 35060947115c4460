import { formatIp } from "@ngflow/base";

/** The other end of a ksocket. */
export interface Peer {
  readonly address: string;
  readonly port: number;
}

/** Offset of the address in the data of a sockaddr_in6, behind port and flow label. */
const IN6_ADDRESS_AT = 6;
const IN6_DATA_BYTES = 26;

/** The peer in ngctl's print of a reply to `getpeername`; undefined when there is none. */
export function parsePeer(reply: string): Peer | undefined {
  const v4 = /inet\/([0-9.]+):(\d+)/.exec(reply);
  if (v4 !== null) return { address: v4[1]!, port: Number(v4[2]) };
  const v6 = /family=28 data=\[ ([^\]]*)\]/.exec(reply)?.[1];
  if (v6 === undefined) return undefined;
  const bytes = arrayOf(v6);
  return { address: formatIp(bytes, IN6_ADDRESS_AT), port: (bytes[0]! << 8) | bytes[1]! };
}

/** Bytes of an array as it is printed: zeros are left out, and what follows them has its index (`21=0x01`). */
function arrayOf(text: string): Uint8Array {
  const bytes = new Uint8Array(IN6_DATA_BYTES);
  let at = 0;
  for (const element of text.split(" ").filter((each) => each !== "")) {
    const [index, value] = element.includes("=") ? element.split("=") : [String(at), element];
    at = Number(index);
    bytes[at++] = Number(value);
  }
  return bytes;
}
