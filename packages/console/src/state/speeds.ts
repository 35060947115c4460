const KEY = "ngflow-speeds";
/** Links that are remembered; the one typed first goes first. */
const MOST = 500;

function stored(): Record<string, number> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return typeof found === "object" && found !== null ? (found as Record<string, number>) : {};
  } catch {
    return {};
  }
}

/** Speeds of links in bits per second that were typed in this browser; they hold before those by SNMP. */
export const speeds = {
  of(link: string): number | null {
    const speed = stored()[link];
    return typeof speed === "number" && speed > 0 ? speed : null;
  },
  /** Remembers a speed, or forgets it. */
  keep(link: string, speed: number | null): void {
    const { [link]: _, ...others } = stored();
    const kept = speed === null ? others : { ...others, [link]: speed };
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(Object.entries(kept).slice(-MOST))));
  },
};
