/** Text as the content of an XML element or attribute; what XML cannot carry becomes a replacement character. */
export function xmlText(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\uFFFD")
    .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** A text element. @param classes colour and anchor. */
export function svgText(x: number, y: number, size: number, classes: string, text: string): string {
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" class="${classes}">${xmlText(text)}</text>`;
}

/** A coordinate with a tenth of a pixel. */
export function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
