import { distance } from 'fastest-levenshtein';

/**
 * The names that a typed one was perhaps meant for, nearest first. Products differ in their endings: `h100x` is rather
 * `h100-sxm` than `a10g`, which has fewer letters to change.
 */
export function alike(name: string, known: readonly string[]): string[] {
  const typed = name.toLowerCase();
  return known
    .map((candidate) => {
      const word = candidate.toLowerCase();
      const [far, common] = [distance(typed, word), commonBeginning(typed, word)];
      const near = common >= 3 || far <= 0.4 * Math.max(typed.length, word.length);
      return { candidate, near, score: far - 2 * common };
    })
    .filter(({ near }) => near)
    .sort((a, b) => a.score - b.score)
    .map(({ candidate }) => candidate);
}

function commonBeginning(a: string, b: string): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length++;
  return length;
}
