// Reads a corpus of flow-export datagrams: folders with an expected.json and the files it names.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { LINK_ETHERNET } from "@ngflow/base";
import { CaptureReader, Reassembly, udpPayload } from "@ngflow/wire";

/** The layout of expected.json that is understood. */
const FORMAT = "flow-corpus/1";
/** The sender of a datagram whose case names none. */
const ANY_EXPORTER = "192.0.2.1";
const BATCH = 1024;

/** Folders below `directory` with an expected.json, sorted. */
function setFolders(directory) {
  const found = existsSync(join(directory, "expected.json")) ? [directory] : [];
  const folders = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [
    ...found,
    ...folders
      .map(({ name }) => name)
      .sort()
      .flatMap((name) => setFolders(join(directory, name))),
  ];
}

/**
 * The sets of a corpus: `name` (its path in the corpus), `folder`, `elements` and `cases` as expected.json has them.
 * @throws Error when an expected.json cannot be read
 */
export function readSets(directory) {
  return setFolders(directory).map((folder) => {
    const file = join(folder, "expected.json");
    let content;
    try {
      content = JSON.parse(readFileSync(file, "utf8"));
    } catch (cause) {
      throw new Error(`${file}: ${cause.message}`, { cause });
    }
    if (content.format !== FORMAT) throw new Error(`${file}: its format is ${content.format}; expected ${FORMAT}`);
    return { name: relative(directory, folder) || ".", folder, elements: content.elements ?? {}, cases: content.cases };
  });
}

/** The datagrams of an input of a case in their order: `bytes` and `exporter`, the address they come from. */
export function datagramsOf(folder, { file, kind = "datagram", exporter, split, udpPort }) {
  const bytes = new Uint8Array(readFileSync(join(folder, file)));
  const from = exporter ?? ANY_EXPORTER;
  if (kind === "datagram") return [{ bytes, exporter: from }];
  if (kind === "datagrams") {
    let end = 0;
    return split.map((length) => ({ bytes: bytes.slice(end, (end += length)), exporter: from }));
  }
  if (kind === "pcap") {
    return captured(bytes, file)
      .filter(({ port }) => udpPort === undefined || port === udpPort)
      .map((each) => ({ bytes: each.bytes, exporter: exporter ?? each.address }));
  }
  throw new Error(`${file}: an input of kind ${kind} is not known`);
}

/** UDP payloads of a capture, with source address and destination port. */
function captured(bytes, name) {
  const reader = new CaptureReader(name);
  const reassembly = new Reassembly();
  const batch = {
    buffer: reader.buffer,
    count: 0,
    capacity: BATCH,
    offsets: new Uint32Array(BATCH),
    lengths: new Uint32Array(BATCH),
    wireLengths: new Uint32Array(BATCH),
    timesUs: new Float64Array(BATCH),
  };
  const found = [];
  for (let at = 0; at < bytes.length && reader.error === null;) {
    const piece = bytes.subarray(at, at + reader.room);
    reader.buffer.set(piece, reader.writeAt);
    reader.filled(piece.length);
    at += piece.length;
    while (reader.next(batch) > 0) {
      for (let i = 0; i < batch.count; i++) {
        const ethernet = reader.dataLinkType === LINK_ETHERNET;
        const payload = udpPayload(batch.buffer, batch.offsets[i], batch.lengths[i], ethernet, reassembly);
        if (payload === undefined) continue;
        const { buffer, start, end, address, destinationPort } = payload;
        found.push({ bytes: buffer.slice(start, end), address, port: destinationPort });
      }
    }
  }
  reader.end();
  if (reader.error !== null) throw reader.error;
  return found;
}
