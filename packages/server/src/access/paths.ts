/** Whether a path answers with data; any other path is a page or a file of the console. */
export function isData(path: string): boolean {
  return path.startsWith("/api/") || path === "/metrics";
}
