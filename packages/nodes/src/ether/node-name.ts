/** Name of an interface's node: `.` and `:` would end a node name in an address, so they become `_`. */
export function etherNodeName(interfaceName: string): string {
  return interfaceName.replace(/[.:]/g, "_");
}
