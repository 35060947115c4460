import { StringDecoder } from "node:string_decoder";

/** Longest line read at once; a longer one becomes several (reference: netgraph.md §8.3). */
const MAX_LINE = 2047;

/** The lines of a text. */
export function* textLines(text: string): Generator<string> {
  if (text === "") return;
  for (const line of text.replace(/\n$/, "").split("\n")) yield* pieces(line);
}

/** The lines of a stream, each as soon as it is complete: commands run while their sender still thinks. */
export async function* streamLines(stream: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const chunk of stream) {
    rest += typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk));
    const lines = rest.split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield* pieces(line);
    while (rest.length > MAX_LINE) {
      yield rest.slice(0, MAX_LINE);
      rest = rest.slice(MAX_LINE);
    }
  }
  if (rest !== "") yield* pieces(rest);
}

/** A piece ends where C's string does, at a zero byte. */
function* pieces(line: string): Generator<string> {
  for (let at = 0; at === 0 || at < line.length; at += MAX_LINE) {
    const piece = line.slice(at, at + MAX_LINE);
    const zero = piece.indexOf("\0");
    yield zero < 0 ? piece : piece.slice(0, zero);
  }
}
