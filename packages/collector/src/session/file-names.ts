// What the collector writes for others to read: entry `@ngflow/collector/files`, without the rest of the collector.
export { NAMES_FILE, savedNameRows } from "./names-file.ts";

/** The directory of a collector's state with the files of others. While it is there, this one writes its own. */
export const OTHERS_DIRECTORY = "others";
/** What this collector knows, for others. */
export const OWN_TEMPLATES_FILE = "templates-own.json";
/** Behind the name of another collector, the file with what that knows. */
export const OTHER_TEMPLATES = ".templates.json";

/** The same for names; they are for queries. */
export const OTHER_NAMES = ".names.json";
