/** An IPv4 or IPv6 address in the form that the filter language reads; null for anything else. */
export function addressOf(text: string): string | null {
  const plain = text.trim().toLowerCase();
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(plain)) {
    const parts = plain.split(".").map(Number);
    return parts.every((part) => part <= 255) ? parts.join(".") : null;
  }
  if (!plain.includes(":") || !/^[0-9a-f:.]{2,45}$/.test(plain)) return null;
  // The parser of addresses in URLs is that of the browser: it refuses what is not an address, and shortens the rest.
  const url = `http://[${plain}]/`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : null;
}

/** A prefix such as `192.0.2.0/24`; an address alone is a prefix of its own. Null for anything else. */
export function networkOf(text: string): string | null {
  const [address = "", length, ...rest] = text.split("/");
  const plain = addressOf(address);
  if (plain === null || rest.length > 0) return null;
  const most = plain.includes(":") ? 128 : 32;
  const bits = length === undefined ? most : wholeNumber(length, most);
  return bits === null ? null : `${plain}/${bits}`;
}

/** A port; also the name of the number that the address has as text. */
export function portOf(text: string): number | null {
  return wholeNumber(text, 65_535);
}

/** `64500` or `AS64500`. */
export function asNumberOf(text: string): number | null {
  return wholeNumber(text.replace(/^as/i, ""), 4_294_967_295);
}

/** The index of an interface. */
export function interfaceOf(text: string): number | null {
  return wholeNumber(text, 4_294_967_295);
}

/** Both ends of a conversation. */
export function hostsText(one: string, other: string): string {
  return `${one} ↔ ${other}`;
}

function wholeNumber(text: string, most: number): number | null {
  if (!/^\d{1,10}$/.test(text)) return null;
  const number = Number(text);
  return number <= most ? number : null;
}
