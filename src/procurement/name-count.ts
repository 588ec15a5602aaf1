/**
 * `h100-sxm x 8`, `h100-sxmx8`: a name and how many. Without a space the count has at most three digits, so that `rtx4090`
 * stays one name.
 *
 * @param mostDigits of a count behind a space
 * @returns null where no count is said
 */
export function splitCount(text: string, mostDigits: number): { readonly name: string; readonly count: number } | null {
  const match = new RegExp(`^(.*\\S)(?:\\s+x\\s*(\\d{1,${mostDigits}})|(?<=\\S)x(\\d{1,3}))$`, 'i').exec(text.trim());
  return match === null ? null : { name: match[1]!.trim(), count: Number(match[2] ?? match[3]) };
}
