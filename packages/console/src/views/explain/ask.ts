import type { ExplainAnswer } from "@ngflow/server/client";
import { BASE_PATH } from "../../state/base.ts";
import type { Script } from "./link.ts";

/** The values in `NAME=VALUE …`. @throws Error with the first word that is none */
export function valuesOf(text: string, complaint: (word: string) => string): Record<string, string> {
  const words = text.split(/\s+/).filter((word) => word !== "");
  return Object.fromEntries(
    words.map((word) => {
      const [, name, value] = /^(\w+)=(.*)$/.exec(word) ?? [];
      if (name === undefined || value === undefined) throw new Error(complaint(word));
      return [name, value];
    }),
  );
}

/** Tries a script on the server's model. @throws Error with the reason */
export async function askExplain(
  { script, args, set }: Script,
  theme: "light" | "dark",
  complaint: (word: string) => string,
  signal: AbortSignal,
): Promise<ExplainAnswer> {
  const words = args.split(/\s+/).filter((word) => word !== "");
  const response = await fetch(`${BASE_PATH}/api/v1/explain`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ script, theme, args: words, set: valuesOf(set, complaint) }),
    signal,
  });
  const json = (await response.json()) as ExplainAnswer & { error?: { message: string } };
  if (!response.ok) throw new Error(json.error?.message ?? String(response.status));
  return json;
}
