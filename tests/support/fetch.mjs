// Prints what a URL answers; run inside a network namespace, where the test itself is not.
const answer = await fetch(process.argv[2], { signal: AbortSignal.timeout(20_000) });
process.stdout.write(await answer.text());
process.exitCode = answer.ok ? 0 : 1;
