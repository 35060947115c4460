/** What tests have made and not yet removed, the newest last. */
const made: (() => unknown)[] = [];

/**
 * Says how something that a test has made is removed. That is done when the test ends, however it ends, or the suite
 * where the suite made it. What removes itself earlier says so with the returned function.
 */
export function removeAtEnd(remove: () => unknown): () => void {
  made.push(remove);
  return () => {
    const at = made.indexOf(remove);
    if (at !== -1) made.splice(at, 1);
  };
}

/** How much there is to remove. */
export function madeSoFar(): number {
  return made.length;
}

/** Removes what was made since there was as much as `before`, the newest first; one failure does not keep the rest. */
export async function removeMadeSince(before: number): Promise<void> {
  const errors: unknown[] = [];
  while (made.length > before) {
    const remove = made.pop()!;
    try {
      await remove();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, `could not be removed: ${errors.join("; ")}`);
}
