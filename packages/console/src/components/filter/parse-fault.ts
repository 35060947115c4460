import { FilterError, parseFilter } from "@ngflow/flows";

/** What is wrong with a filter as the page itself reads it; null if it can be read. */
export function parseFault(filter: string): { filter: string; message: string; position: number | null } | null {
  try {
    parseFilter(filter);
    return null;
  } catch (error) {
    if (error instanceof FilterError) return { filter, message: error.message, position: error.position };
    throw error;
  }
}
