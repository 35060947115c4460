import { join } from "node:path";

/** Where the collector of a data directory keeps what it knows of exporters. */
export const collectorState = (dataDirectory: string): string => join(dataDirectory, "collector");
