/** Lines of at most `width` characters, broken at blanks; `first` and `next` begin the first line and the others. */
export function wrapText(text: string, width: number, first = "", next = first): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(" ")) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = next;
      empty = true;
    }
    line += (empty ? "" : " ") + word;
    empty = false;
  }
  return [...lines, line];
}
