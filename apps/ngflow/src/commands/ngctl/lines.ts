import { StringDecoder } from "node:string_decoder";
import { linePieces, MAX_LINE } from "@ngflow/plan";

/** The lines of a text. */
export function* textLines(text: string): Generator<string> {
  if (text === "") return;
  for (const line of text.replace(/\n$/, "").split("\n")) yield* linePieces(line);
}

/** The lines of a stream, each as soon as it is complete: a command runs before the next one is typed. */
export async function* streamLines(stream: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const chunk of stream) {
    rest += typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk));
    const lines = rest.split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield* linePieces(line);
    while (rest.length > MAX_LINE) {
      yield* linePieces(rest.slice(0, MAX_LINE));
      rest = rest.slice(MAX_LINE);
    }
  }
  if (rest !== "") yield* linePieces(rest);
}
