import { inSlices } from "./slices.ts";

/** Characters after which a part of a text is encoded. */
const PART = 64 * 1024;

/** A text of JSON in parts, UTF-8: an answer that was made in slices. */
export class JsonParts {
  readonly parts: Uint8Array[] = [];
  #text = "";

  /** Adds text. */
  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= PART) this.#encode();
  }

  /** Ends the text. Returns this. */
  end(text: string): this {
    this.#text += text;
    this.#encode();
    return this;
  }

  #encode(): void {
    this.parts.push(Buffer.from(this.#text, "utf8"));
    this.#text = "";
  }
}

/**
 * JSON of `facts` with one more property, an array with the JSON of every item that `valueOf` gives a value for, made
 * in slices.
 */
export async function jsonInSlices<Item>(
  name: string,
  items: readonly Item[],
  valueOf: (item: Item) => object | undefined,
  facts: () => object,
): Promise<JsonParts> {
  const json = new JsonParts();
  let mark = `{${JSON.stringify(name)}:[`;
  await inSlices(items, (item) => {
    const value = valueOf(item);
    if (value === undefined) return;
    json.add(`${mark}${JSON.stringify(value)}`);
    mark = ",";
  });
  const rest = JSON.stringify(facts());
  return json.end(`${mark === "," ? "" : mark}]${rest === "{}" ? "" : ","}${rest.slice(1)}`);
}
