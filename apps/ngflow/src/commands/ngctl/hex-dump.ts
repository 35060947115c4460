/** Lines of sixteen bytes, hexadecimal and text (reference: netgraph.md §8.10); empty for no bytes. */
export function hexDump(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 16) {
    const row = Array.from(bytes.subarray(at, at + 16));
    const hex = row.map((byte) => `${byte.toString(16).padStart(2, "0")} `).join("");
    const characters = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
    text += `${at.toString(16).padStart(4, "0")}:  ${hex.padEnd(48)} ${characters.padEnd(16)}\n`;
  }
  return text;
}
