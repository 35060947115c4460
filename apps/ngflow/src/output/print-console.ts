/**
 * Prints where the console is, as the last of the lines about a start. On a terminal the address is bold.
 * @param url this process's own.
 */
export function printConsole(stream: NodeJS.WriteStream, url: string): void {
  const bold = stream.isTTY && !process.env["NO_COLOR"];
  stream.write(`console  ${bold ? `\u001B[1m${url}\u001B[0m` : url}\n`);
}
