/** The width of the bins of dimensions of time in a zone: every zone in use is a multiple of it away from UTC. */
export const ZONE_BIN_MS = 900_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    const two = "2-digit";
    const time = { hour: two, minute: two, second: two, hourCycle: "h23" } as const;
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      era: "short",
      year: "numeric",
      month: two,
      day: two,
      ...time,
    });
    formats.set(zone, format);
  }
  return format;
}

/** The name of a zone of the tz database as it is written there (`Europe/Berlin`); undefined if there is none. */
export function zoneByName(text: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(text)) return undefined;
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** How far a zone is ahead of UTC at a time, milliseconds. */
export function zoneOffsetMs(zone: string, unixMs: number): number {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(unixMs)
      .map(({ type, value }) => [type, value]),
  );
  const number = (type: string): number => Number(parts[type]);
  const local = Date.UTC(
    ...([number("year"), number("month") - 1, number("day")] as const),
    ...([number("hour"), number("minute"), number("second")] as const),
  );
  return local - Math.floor(unixMs / 1000) * 1000;
}

/**
 * Unix milliseconds of the local time of a zone, given as if it were UTC. A time that clocks show twice is the earlier
 * one; a time that they skip is as far after the change as it is after the last time before it.
 */
export function fromZone(zone: string, localMs: number): number {
  const DAY = 86_400_000;
  const offsets = [zoneOffsetMs(zone, localMs - DAY), zoneOffsetMs(zone, localMs + DAY)];
  const candidates = offsets.map((offset) => localMs - offset).sort((a, b) => a - b);
  return candidates.find((ms) => ms + zoneOffsetMs(zone, ms) === localMs) ?? localMs - offsets[0]!;
}

/** A time in a zone, ISO 8601 with its offset: `2026-01-02T10:00:00.000+01:00`. */
export function isoTimeIn(zone: string, unixMs: number): string {
  const offsetMs = zoneOffsetMs(zone, unixMs);
  const minutes = Math.abs(Math.round(offsetMs / 60_000));
  const two = (n: number): string => String(n).padStart(2, "0");
  const offset = `${offsetMs < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return new Date(unixMs + offsetMs).toISOString().replace("Z", offset);
}
