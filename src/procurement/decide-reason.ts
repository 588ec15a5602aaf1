/** Reasons as people read them. Codes are those of section 5 and of the verdict; scripts match on codes, people read sentences. */
const sentences: Readonly<Record<string, string>> = {
  'api-per-full-server-below-server-cost':
    'a full server costs more than what it replaces would charge for all that it can serve',
  'beyond-horizon': 'it would take more volume or more time than was considered',
  'no-saving-per-request': 'a request costs no less on own servers than it costs elsewhere',
  'no-sign-change': 'the cash flow never turns',
  'several-sign-changes': 'the cash flow turns more than once, so several rates would fit',
  'capacity-not-measured': 'the capacity of the model on this hardware is an assumption: no run stands behind it',
  'hardware-unknown': 'the run does not say what hardware it ran on (--hardware NAMExN)',
  'capacity-of-other-hardware': 'the capacity was measured on other hardware',
  'capacity-extrapolated': 'the capacity lies outside what was measured',
  'capacity-lower-bound': 'the run never reached the limit of the server, so its capacity is a lower bound',
  'sweep-non-monotone': 'a lower load failed where a higher one passed: measure it again',
  'price-stale': 'a price is older than the limit of its kind',
  'price-source-missing': 'a price has no source or no date',
  'quality-equivalence-undeclared': 'nobody declared that the compared models are equally good for this work',
  'tokenizer-ratio-unmeasured': 'the sides count tokens differently and nobody measured the ratio',
  'search-budget': 'the search ended before it was certain',
  'slo-never-met': 'no measured load met the objectives',
  'above-capacity-at-slo': 'the demand needs more servers than may be bought',
  'model-does-not-fit': 'the model does not fit the hardware',
  'sensitive-class-needs-self-hosting': 'sensitive requests may not be sent to an outside API',
  'sensitive-class-needs-own-servers': 'sensitive requests may run on own servers only',
  'quality-below-floor': 'the model that would answer is below the quality floor',
  'capacity-exceeded-in-month': 'growth exceeds the capacity within the life of the servers, and no more may be bought',
  'capital-limit-exceeded': 'the purchase exceeds the capital limit',
  'missing-input': 'something that it needs is not given',
  'option-not-compared': 'an offer lacks a figure that it needs, so it could not be compared',
  'no-server-worth-owning': 'not even the first server would be busy enough to pay for itself',
  'all-load-on-one-side': 'the best split puts everything on one side',
  'spot-may-be-reclaimed':
    'the provider may take spot capacity back at any time, so it does not compete for work that must not stop',
  'hybrid-below-both-pure-plans': 'owning the base and sending the rest to the API costs less than either alone',
  'hybrid-below-api-and-rent':
    'owning everything fails its tests; owning the base and sending the rest to the API costs less than an API or a rental alone',
  'only-feasible-plan': 'it is the only plan that the gates and limits leave',
  'three-tests-and-npv': 'the load is massive, predictable and core, and the purchase most likely pays',
  'not-massive': 'the volume is below the sustained break-even',
  'not-predictable': 'the load is not predictable',
  'not-core': 'the work is not declared core to the strategy',
  'massive-unknown': 'no break-even could be computed, so nobody can say whether the volume is massive',
  'predictable-unknown': 'nobody declared whether the load is predictable, and no history of hours shows it',
  'core-unknown': 'nobody declared whether the work is core to the strategy',
  'npv-probability-unknown': 'the probability that the purchase pays could not be computed',
  'npv-probability-below-0.7': 'the purchase pays with a probability below 70 %',
  'simulated-capacity': 'the capacity is that of a simulated server',
};

/** A reason as a clause without capital letter and full stop. */
export const reasonText = (code: string): string => sentences[code] ?? code.replaceAll('-', ' ');

/** Reasons as one sentence; empty for none. */
export function reasonSentence(codes: readonly string[], missing: readonly string[] = []): string {
  const parts = codes.map((code) =>
    code === 'missing-input' && missing.length > 0 ? `missing: ${missing.join(', ')}` : reasonText(code),
  );
  if (parts.length === 0) return '';
  const joined = parts.join('; ');
  return `${joined.charAt(0).toUpperCase()}${joined.slice(1)}.`;
}
