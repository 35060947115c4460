import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/**
 * Faces for pictures in pixels: M PLUS 1p, Japanese included, under the SIL Open Font License. The system's are not
 * used.
 */
export function pictureFonts(): string[] {
  return [
    require.resolve("@expo-google-fonts/m-plus-1p/400Regular/MPLUS1p_400Regular.ttf"),
    require.resolve("@expo-google-fonts/m-plus-1p/700Bold/MPLUS1p_700Bold.ttf"),
  ];
}
