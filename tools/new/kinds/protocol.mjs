import { camel, pascal } from "../names.mjs";

const decoder = (name) => `import { u32be } from "@ngflow/base";
import type { MessageHeader, MessageSink } from "../protocol.ts";

/** Bytes that every datagram begins with: version(4) sequence(4). */
const HEADER_LENGTH = 8;

/** Whether \`bytes[start, end)\` is a datagram of this protocol. */
export function is${pascal(name)}(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= HEADER_LENGTH && u32be(bytes, start) === 0xffff_ff01;
}

/** Decodes one datagram (a MessageDecoder). Network byte order. Source: name the document and its section. */
export function decode${pascal(name)}(
  bytes: Uint8Array,
  start: number,
  end: number,
  header: MessageHeader,
  sink: MessageSink,
): void {
  if (end - start < HEADER_LENGTH) {
    sink.malformed("header-short", start);
    return;
  }
  header.length = end - start;
  header.sequence = u32be(bytes, start + 4);
  sink.header(header);
}
`;

const test = (name) => `import { setU32be } from "@ngflow/base";
import { expect, it } from "vitest";
import { protocolOf } from "../protocols.ts";
import { RecordingSink } from "../testing/index.ts";

function datagram(): Uint8Array {
  const bytes = new Uint8Array(8);
  setU32be(bytes, 0, 0xffff_ff01);
  setU32be(bytes, 4, 7);
  return bytes;
}

it("is recognised, and its header read", () => {
  const bytes = datagram();
  expect(protocolOf(bytes, 0, bytes.length)?.name).toBe("${name}");
  const sink = new RecordingSink();
  sink.decode(bytes);
  expect(sink.headers[0]).toMatchObject({ sequence: 7, length: 8 });
});

it("cut at every byte: never throws, never reads past the end", () => {
  const bytes = datagram();
  for (let end = 0; end < bytes.length; end++) {
    expect(protocolOf(bytes, 0, end)?.name).not.toBe("${name}");
  }
});
`;

const row = (name) => `  {
    number: 199,
    version: 1,
    name: "${name}",
    label: "${pascal(name)}",
    port: 6343,
    matches: is${pascal(name)},
    decode: decode${pascal(name)},
    exportTime: false,
    domain: null,
    sequence: "datagrams",
    counters: [["datagrams${pascal(name)}", "${pascal(name)} datagrams."]],
  },`;

export const protocol = {
  summary: "an export protocol",
  example: "jflow",
  name: /^[a-z][a-z0-9-]*$/,
  make(name) {
    const folder = `packages/wire/src/${name}`;
    const table = "packages/wire/src/protocols.ts";
    return {
      files: { [`${folder}/decode.ts`]: decoder(name), [`${folder}/${camel(name)}.test.ts`]: test(name) },
      lines: [
        {
          file: table,
          text: `import { decode${pascal(name)}, is${pascal(name)} } from "./${name}/decode.ts";`,
          place: "imports",
        },
        { file: table, text: row(name), place: /^\];$/m },
      ],
      next: "set the row's number (100 to 255, never given before), port and sequence, then npm run gen && npm run check",
    };
  },
};
