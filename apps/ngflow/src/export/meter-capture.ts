import { type NgflowError, PacketBatch } from "@ngflow/base";
import { loadAsTable, loadEngine } from "@ngflow/nodes/engine";
import { CaptureReader } from "@ngflow/wire/capture";
import { CaptureInput } from "./capture-input.ts";
import type { Destination } from "./destination.ts";
import type { MeterSettings } from "./meter-settings.ts";
import type { MeterStats } from "./meter-stats.ts";
import { Progress } from "./progress.ts";
import { TraceMeter } from "./trace-meter.ts";

const BATCH_PACKETS = 1024;

/**
 * Meters a capture. The time stamps of the capture drive expiry, and its end flushes the cache.
 * @returns the counts, and the error if the input is damaged; everything before the damage is exported
 */
export async function meterCapture(
  settings: MeterSettings,
  destination: Destination,
): Promise<{ stats: MeterStats; damage: NgflowError | null }> {
  const input = new CaptureInput(settings.file);
  const reader = new CaptureReader(
    settings.file === "-" ? "standard input" : settings.file,
    settings.filter === undefined ? undefined : await createFilter(settings.filter),
  );
  // The time of the first packet creates the engine, whose memory the others are read into.
  let batch = new PacketBatch(1);
  const bar = settings.progress && input.size > 0 ? new Progress(input.size) : null;
  const asTable = settings.asTable === undefined ? undefined : await loadAsTable(settings.asTable);
  const trace = new TraceMeter(settings, destination, await loadEngine(settings.profile), asTable, BATCH_PACKETS);
  let bytesRead = 0;
  let packetsRead = 0;
  let first = true;
  try {
    for (;;) {
      const n = input.read(reader);
      bytesRead += n;
      if (n === 0) reader.end();
      else reader.filled(n);
      while (reader.next(batch) > 0) {
        packetsRead += batch.count;
        trace.account(batch, reader.dataLinkType);
        if (first) {
          first = false;
          const memory = trace.packetWindow(reader.buffer.length);
          if (memory !== undefined) {
            reader.moveTo(memory.window.buffer);
            reader.scanner = memory.scanner;
          }
          batch = memory?.window.batch ?? new PacketBatch(BATCH_PACKETS);
        }
        const wait = destination.ready();
        if (wait !== undefined) await wait;
      }
      bar?.update(bytesRead, packetsRead);
      if (n === 0 || reader.error !== null) break;
    }
  } finally {
    bar?.clear();
    input.close();
  }
  trace.close();
  const isFirst = (settings.share?.index ?? 0) === 0;
  const stats = trace.stats(isFirst ? reader.skipped : undefined);
  if (settings.filter === undefined) return { stats, damage: reader.error };
  const filtered = isFirst ? reader.filtered : 0;
  return { stats: { ...stats, skipped: { ...stats.skipped, filtered } }, damage: reader.error };
}

/** Loads libpcap and the interpreter of its programs, which most runs do not need. */
async function createFilter(text: string) {
  const { FrameFilter } = await import("./frame-filter.ts");
  return new FrameFilter(text);
}
