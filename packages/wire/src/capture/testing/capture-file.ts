/** Parts of capture files for tests. All builders take the byte order: true for little-endian. */

export interface FilePacket {
  readonly timeUs: number;
  readonly bytes: Uint8Array;
  readonly wireLength?: number;
}

class Writer {
  readonly #parts: number[] = [];
  readonly #little: boolean;

  constructor(little: boolean) {
    this.#little = little;
  }

  uint(value: number, size: 1 | 2 | 4): this {
    const bytes = Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) % 256);
    this.#parts.push(...(this.#little ? bytes : bytes.reverse()));
    return this;
  }

  bytes(bytes: Uint8Array): this {
    for (const byte of bytes) this.#parts.push(byte);
    return this;
  }

  pad(): this {
    while (this.#parts.length % 4 !== 0) this.#parts.push(0);
    return this;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#parts);
  }
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function pcapFile(little: boolean, nano: boolean, linkType: number, packets: readonly FilePacket[]): Uint8Array {
  const header = new Writer(little)
    .uint(nano ? 0xa1b23c4d : 0xa1b2c3d4, 4)
    .uint(2, 2)
    .uint(4, 2)
    .uint(0, 4)
    .uint(0, 4)
    .uint(65535, 4)
    .uint(linkType, 4);
  const records = packets.map(({ timeUs, bytes, wireLength }) =>
    new Writer(little)
      .uint(Math.floor(timeUs / 1e6), 4)
      .uint((timeUs % 1e6) * (nano ? 1000 : 1), 4)
      .uint(bytes.length, 4)
      .uint(wireLength ?? bytes.length, 4)
      .bytes(bytes)
      .done(),
  );
  return concat(header.done(), ...records);
}

export function block(little: boolean, type: number, body: Uint8Array): Uint8Array {
  const length = 12 + Math.ceil(body.length / 4) * 4;
  return new Writer(little).uint(type, 4).uint(length, 4).bytes(body).pad().uint(length, 4).done();
}

export function section(little: boolean): Uint8Array {
  const body = new Writer(little).uint(0x1a2b3c4d, 4).uint(1, 2).uint(0, 2).uint(0xffffffff, 4).uint(0xffffffff, 4);
  return block(little, 0x0a0d0d0a, body.done());
}

/** An interface description; `resolution` is if_tsresol, `offsetSeconds` if_tsoffset. */
export function interfaceBlock(little: boolean, linkType: number, resolution?: number, offsetSeconds = 0): Uint8Array {
  const body = new Writer(little).uint(linkType, 2).uint(0, 2).uint(65535, 4);
  if (resolution !== undefined) body.uint(9, 2).uint(1, 2).uint(resolution, 1).pad();
  if (offsetSeconds !== 0) {
    body.uint(14, 2).uint(8, 2);
    body.uint(little ? offsetSeconds : 0, 4).uint(little ? 0 : offsetSeconds, 4);
  }
  body.uint(0, 2).uint(0, 2);
  return block(little, 1, body.done());
}

export function enhancedPacket(little: boolean, interfaceId: number, units: bigint, packet: FilePacket): Uint8Array {
  const body = new Writer(little)
    .uint(interfaceId, 4)
    .uint(Number(units >> 32n), 4)
    .uint(Number(units & 0xffff_ffffn), 4)
    .uint(packet.bytes.length, 4)
    .uint(packet.wireLength ?? packet.bytes.length, 4)
    .bytes(packet.bytes);
  return block(little, 6, body.done());
}

export function simplePacket(little: boolean, packet: FilePacket): Uint8Array {
  const body = new Writer(little).uint(packet.wireLength ?? packet.bytes.length, 4).bytes(packet.bytes);
  return block(little, 3, body.done());
}
