const NARROW = /[iIjl.,:;'!|()[\]ftr ]/;
const WIDE = /[mwMW@%]/;

/**
 * About how wide a text is in a sans-serif face, in pixels; a little too wide rather than too narrow, as the reader's
 * face is not known. East Asian characters take a full square.
 */
export function textWidth(text: string, size: number, bold = false): number {
  let ems = 0;
  for (const char of text) {
    if (char.codePointAt(0)! >= 0x1100) ems += 1;
    else if (NARROW.test(char)) ems += 0.38;
    else if (WIDE.test(char)) ems += 0.9;
    else ems += /[A-Z]/.test(char) ? 0.7 : 0.58;
  }
  return ems * size * (bold ? 1.06 : 1);
}
