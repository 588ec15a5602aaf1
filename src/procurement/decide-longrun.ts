import type { DecisionCase } from './decide-case.ts';
import type { YearTotals } from './decide-course.ts';
import type { EvaluatedOption } from './decide-evaluate.ts';
import { isOpen } from './decide-evaluate.ts';
import type { LongRun, OptionRow } from './decide-result.ts';

/** Below this share of the cost nobody would choose by it. */
const least = 0.01;

/**
 * The cheapest other option over 3, 4 or 5 years, whichever is nearest to the life of the servers, with growth and falling prices;
 * null where that is the recommended one. A verdict is by today's volume, and its reader must know when the years say otherwise.
 */
export function longRunOf(
  about: DecisionCase,
  rows: readonly OptionRow[],
  options: readonly EvaluatedOption[],
): LongRun | null {
  const chosen = rows.find((row) => row.chosen);
  if (chosen === undefined) return null;
  const years = Math.min(5, Math.max(3, Math.round(about.values['owned.life_years'] ?? 4))) as LongRun['years'];
  const totalOf = ({ totalsUsd }: OptionRow) => totalsUsd[`years${years}` satisfies keyof YearTotals];
  const chosenUsd = totalOf(chosen);
  if (chosenUsd === null) return null;
  const [best] = rows
    .filter((_, index) => isOpen(options[index]!))
    .filter(({ kind }) => kind !== 'spot' || about.interruptible)
    .flatMap((row) => {
      const usd = totalOf(row);
      return usd === null ? [] : [{ option: row.name, usd }];
    })
    .sort((a, b) => a.usd - b.usd);
  return best === undefined || best.usd >= chosenUsd * (1 - least) ? null : { years, ...best, chosenUsd };
}
