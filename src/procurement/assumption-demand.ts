import { count, define, positive, share } from './definition.ts';

/** Assumptions of sections 2.1, 2.2 and 2.8: what is asked for, what a replica delivers, how cost meets token classes. */

const demand = [
  define('demand.requests_per_month', 'V0', 'requests/month', 'deployment', 'Requests in a month of 730 h', {
    ...positive,
    most: 1e13,
  }),
  define('demand.input_tokens', 'I', 'tokens/request', 'request', 'Mean input, cached input included', { most: 1e8 }),
  define('demand.output_tokens', 'O', 'tokens/request', 'request', 'Mean billed output, reasoning included', {
    most: 1e8,
  }),
  define('demand.reasoning_tokens', 'O_r', 'tokens/request', 'request', 'Reasoning within the output', {
    most: 1e8,
    default: 0,
    basis: 'no reasoning is stated',
  }),
  define('demand.cached_share', 'h', 'share of input', 'request', 'Input that is read from a cache', {
    ...share,
    default: 0,
    basis: 'no cached input is stated',
  }),
  define('demand.cache_write_share', 'h_w', 'share of input', 'request', 'Input that is written to a cache', {
    ...share,
    default: 0,
    basis: 'no written cache is stated',
  }),
  define('demand.peak_to_average', 'pta', 'ratio', 'deployment', 'Busiest hour against the mean', {
    least: 1,
    most: 1000,
  }),
  define('demand.hourly', 'D_h', 'requests/hour', 'deployment', 'Requests of each hour of a day or a week', {
    type: 'hours',
  }),
  define('demand.growth', 'g', '1/year', 'deployment', 'Yearly growth of the volume', {
    least: -0.9,
    most: 20,
    default: 0.2,
    range: [0, 1],
    basis: 'assumption',
  }),
  define(
    'demand.utilization',
    'U',
    'share',
    'deployment',
    'Share of the capacity that is used, where no demand is given',
    {
      ...positive,
      ...share,
    },
  ),
];

const capacity = [
  define(
    'capacity.requests_per_s_per_replica',
    'X_slo',
    'requests/s/replica',
    'replica',
    'Requests completed inside the objectives',
    { ...positive, most: 1e7 },
  ),
  define('capacity.accelerators_per_replica', 'g_r', 'accelerators/replica', 'replica', 'Accelerators of a replica', {
    ...count,
    ...positive,
    most: 1e5,
  }),
  define('capacity.headroom', 'headroom', 'share', 'deployment', 'Kept free above the peak', {
    most: 10,
    default: 0.2,
    range: [0.1, 0.5],
    basis: 'assumption',
  }),
  define('capacity.availability', 'A', 'share', 'deployment', 'Availability of the servers that serve', {
    ...positive,
    ...share,
    default: 0.995,
    range: [0.98, 1],
    basis: 'assumption; 1 where spare servers already cover failures, which would count them twice',
  }),
  define('cost.output_input_ratio', 'ratio', 'ratio', 'request', 'Price of an output token over an input token', {
    ...positive,
    most: 1000,
    default: 2.5,
    basis: 'fallback of OpenCost; 3 in an NVIDIA example, 4 in the GKE recommender',
  }),
  define('cost.cached_input_ratio', 'ratio_c', 'ratio', 'request', 'Price of a cached over an uncached input token', {
    ...share,
    default: 1,
    basis: 'cached input is priced as any other until its saving is measured',
  }),
];

export const demandAssumptions = [...demand, ...capacity];
