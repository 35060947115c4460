// Prints the flows of a NetFlow v5 datagram with @ngflow/wire.
import { type MessageSink, decodeMessage, newMessageHeader, protocolOf, readRecord } from "@ngflow/wire";

// One flow: 10.0.0.1:50000 to 192.0.2.9:443, TCP, 3 packets, 1500 bytes.
const datagram = `
  00050001 00010000 65920080 00000000 00000001 00000000
  0a000001 c0000209 00000000 00010002 00000003 000005dc 00000000 00000000 c35001bb 00180600 00000000 00000000`;
const bytes = Uint8Array.from(datagram.match(/[0-9a-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16));

const sink: MessageSink = {
  header: () => true,
  template: () => undefined,
  withdrawal: () => undefined,
  data: () => undefined,
  flows(layout, from, start, end) {
    for (let at = start; at < end;) {
      const reading = readRecord(from, at, end, layout);
      if (reading === undefined) return;
      process.stdout.write(`${JSON.stringify(reading.fields)}\n`);
      at = reading.next;
    }
  },
  options: () => undefined,
  discards: () => undefined,
  counters: () => undefined,
  count: () => undefined,
  malformed: (code, offset) => process.stdout.write(`malformed: ${code} at ${offset}\n`),
};

const protocol = protocolOf(bytes, 0, bytes.length);
if (protocol !== undefined) decodeMessage(bytes, 0, bytes.length, newMessageHeader(protocol), sink);
