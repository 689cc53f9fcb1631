/** A word of a command line as a shell reads it back, quoted only where it must be. */
export function shellQuote(word: string): string {
  return /^[\p{L}\p{N}_./:@%+,=-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
