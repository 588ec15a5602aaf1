import { burnRate } from '../../../src/economics/burn.ts';
import { indifferencePrice, serverPriceFor } from '../../../src/economics/indifference.ts';
import { ownedCost } from '../../../src/economics/ownership.ts';
import { requests, usd } from '../../../src/economics/quantity.ts';
import { acceptedCost, grossMargin, markup, tokenRoi } from '../../../src/economics/roi.ts';
import { blendedPrices } from '../../../src/economics/token.ts';
import { valueIn } from './demand.ts';
import { deploymentOf } from './owned.ts';
import { type Data, inputsOf, type Runner } from './vector.ts';

export const roiRunners: Record<string, Runner> = {
  'ROI-1': (x) => {
    const small = { costUsd: x.c_small, acceptance: x.q_small };
    const frontier = { costUsd: x.c_frontier, acceptance: x.q_frontier };
    const cascade = valueIn<Data>(acceptedCost([small, frontier]));
    const only = valueIn<Data>(acceptedCost([frontier]));
    const roi = tokenRoi({
      tasks: x.tasks,
      acceptRate: cascade.acceptRate,
      costPerAttemptUsd: cascade.costPerAttemptUsd,
      valuePerTaskUsd: x.value_per_task,
      reviewPerTaskUsd: x.review_per_task,
    });
    return {
      cost_per_attempt: cascade.costPerAttemptUsd,
      accept_rate: cascade.acceptRate,
      cost_per_accepted: cascade.costPerAcceptedUsd,
      value_per_usd: roi.valuePerUsd,
      net_value_usd: roi.netValueUsd,
      frontier_only_per_accepted: only.costPerAcceptedUsd,
      saving_against_frontier_only: 1 - cascade.costPerAcceptedUsd / only.costPerAcceptedUsd,
      wasted_cost_share: cascade.wastedShare,
    };
  },
  'IND-1': (x) => {
    const b = deploymentOf({ ...inputsOf('OWN-1'), ...x.b });
    const rate = (value: number) => requests(value, 'accelerator', 'second');
    const target = indifferencePrice(usd(x.C_a_usd_gpuh, 'accelerator', 'hour'), rate(x.X_a), rate(x.X_b));
    return {
      C_b_star_usd_gpuh: target,
      P_b_star: valueIn(serverPriceFor(b, target)),
      C_b_at_404000: ownedCost({ ...b, price: usd(404_000, 'server', 'once') }).perAcceleratorHour.annuity,
    };
  },
  'BURN-1': (x) => {
    const burn = burnRate({
      perDay: usd(x.day_usd, 'deployment', 'day'),
      budgetUsd: x.budget_usd,
      requestsPerDay: x.req_day,
      shape: { inputTokens: x.I, outputTokens: x.O },
    });
    return {
      usd_h: burn.perHour,
      usd_month_730h: burn.perMonth,
      usd_year_8760h: burn.perYear,
      days_left: burn.budgetDaysLeft,
      input_tokens_day: burn.tokensPerDay.input,
      output_tokens_day: burn.tokensPerDay.output,
    };
  },
  'CHK-1': (x) => {
    const hour = x.nodes * x.gpus_per_node * x.usd_gpuh;
    const prices = valueIn<Data>(
      blendedPrices(usd(hour, 'deployment', 'hour'), {
        uncachedPerHour: (x.tokens_all_day - x.tokens_out_day) / 24,
        cachedPerHour: 0,
        outputPerHour: x.tokens_out_day / 24,
      }),
    );
    return {
      cost_day: hour * 24,
      markup: markup(x.revenue_day, hour * 24),
      gross_margin: grossMargin(x.revenue_day, hour * 24),
      usd_M_all: prices.blended,
      usd_M_out: prices.allOnOutput,
    };
  },
};
