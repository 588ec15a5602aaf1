import type { DemandProfileFile } from './profile.ts';

/** What a tier of models is compared on, where nobody has said anything yet. Everything here is an assumption to be edited. */
interface Tier {
  readonly model: string;
  readonly offers: readonly (readonly [offer: string, why: string])[];
  readonly accelerator: string;
  readonly accelerators: number;
  /** Tokens per second of one replica inside interactive objectives: uncached input read, output written. */
  readonly inputPerS: number;
  readonly outputPerS: number;
  /** The API serves the same open weights: equally good by construction. */
  readonly sameWeights: boolean;
}

const tiers: Readonly<Record<DemandProfileFile['modelTier'], Tier>> = {
  small: {
    model: 'a small open model such as gpt-oss-20b',
    offers: [
      ['own:l40sx1', 'a server with one L40S'],
      ['own:l40sx4', 'a server with four'],
      ['rent:aws/g6e.xlarge', 'one L40S of a hyperscaler, on demand'],
      ['rent:runpod/l40s', 'one L40S of a specialised provider, on demand'],
      ['commit:aws/g6e.48xlarge', 'eight L40S, committed'],
      ['api:groq/openai/gpt-oss-20b', 'the same open weights, by the token'],
    ],
    accelerator: 'L40S',
    accelerators: 1,
    inputPerS: 9000,
    outputPerS: 1500,
    sameWeights: true,
  },
  mid: {
    model: 'a mid-size open model such as gpt-oss-120b',
    offers: [
      ['own:h100-sxmx8', 'a server with eight H100'],
      ['rent:lambda/h100-sxm', 'one H100 of a specialised provider, on demand'],
      ['rent:aws/p5.4xlarge', 'one H100 of a hyperscaler, on demand'],
      ['api:groq/openai/gpt-oss-120b', 'the same open weights, by the token'],
    ],
    accelerator: 'H100',
    accelerators: 1,
    inputPerS: 12000,
    outputPerS: 2000,
    sameWeights: true,
  },
  frontier: {
    model: 'the largest open model that one server of eight H200 holds',
    offers: [
      ['own:h200-sxmx8', 'a server with eight H200'],
      ['rent:aws/p5en.48xlarge', 'the same of a hyperscaler, on demand'],
      ['api:anthropic/claude-opus-4-5', 'a frontier model, by the token'],
    ],
    accelerator: 'H200',
    accelerators: 8,
    inputPerS: 15000,
    outputPerS: 1500,
    sameWeights: false,
  },
};

export interface StarterPlace {
  /** `2026-11-25` */
  readonly date: string;
  readonly file: string;
  readonly reference: string;
  readonly schema: string | null;
}

/** Requests per second of one replica from the token rates of its tier, to two digits. */
export function assumedCapacity(demand: DemandProfileFile): number {
  const { inputPerS, outputPerS } = tiers[demand.modelTier];
  const stated = (id: string) => {
    const said = demand.assumptions[id];
    return typeof said === 'number' ? said : (said?.value ?? 0);
  };
  const uncached = stated('demand.input_tokens') * (1 - stated('demand.cached_share'));
  const seconds = uncached / inputPerS + stated('demand.output_tokens') / outputPerS;
  return Number((1 / seconds).toPrecision(2));
}

/**
 * A commented study to start from: the demand of a profile, offers that fit its tier of models, and every declaration that a
 * decision asks for, empty ones as comments.
 *
 * @param place the day it is written, its file, the name or file of the demand, and where editors find the JSON Schema
 */
export function starterStudy(demand: DemandProfileFile, { date, file, reference, schema }: StarterPlace): string {
  const tier = tiers[demand.modelTier];
  const capacity = assumedCapacity(demand);
  const rate = (value: number) => value.toLocaleString('en-US');
  const sensitive = demand.sensitivity === 'confidential' || demand.sensitivity === 'restricted' || !demand.apiAllowed;
  // Restricted data is rented a place only where contracts for such data are usual.
  const offered = tier.offers.filter(([, why]) => demand.sensitivity !== 'restricted' || !why.includes('specialised'));
  const offers = offered.map(([offer, why]) => `  - ${offer.padEnd(30)} # ${why}`);
  return `${schema === null ? '' : `# yaml-language-server: $schema=${schema}\n`}# ${demand.title}: API, rent, own or hybrid?
#
#   tokbench decide ${file}                 the decision
#   tokbench decide ${file} --run latest    with a capacity that was measured
#
# Every figure is an assumption to be edited. What is not stated is a default, and listed as one in the result.
schema: tokbench.study/1
name: ${demand.name}
title: ${quoted(demand.title)}
date: ${date}

# Volume, lengths, hours of the week, objectives and sensitivity: tokbench profiles show demand ${reference}
demand: ${reference}

# What is compared: KIND[:NAME|FILE] with kind own, rent, commit, spot or api. tokbench profiles list prices
offers:
${offers.join('\n')}

# Three tests decide whether owning may be recommended: massive (computed), predictable, strategically core.
strategy:
  core: false          # is this work core to the strategy?
  predictable: true    # does a week look like the week before?
  modelControl: 1      # need for own weights, fine-tuning, frozen versions: 0 none … 3 all

privacy:
  sensitivity: ${demand.sensitivity}
  sensitiveShare: ${sensitive ? 1 : 0}    # part of the volume that must not leave the house
  apiAllowed: ${demand.apiAllowed}     # does a contract allow it at the API?
  rentAllowed: true    # and on rented capacity?

# Acceptance under your own check (${demand.quality.check}). Nothing is invented: without figures there is no return on tokens.
quality:
  equivalence: ${tier.sameWeights ? 'declared    # the API serves the same open weights' : 'undeclared  # are the compared models equally good for this work?'}
  ${demand.quality.floor === null ? '# floor: 0.9' : `floor: ${demand.quality.floor}`}
  # self: 0.92         # of the self-hosted model
  # api: 0.94          # of the API's model

# What a finished task (${demand.unitOfWork.name}) is worth.
# value: {usdPerTask: 1.5, reviewUsdPerTask: 0.2}

# limits: {capitalUsd: 500000, servers: 4, budgetUsd: 60000}

assumptions:
  # ${tier.model} on ${tier.accelerators === 1 ? `one ${tier.accelerator}` : `${tier.accelerators} ${tier.accelerator}`}: ${rate(tier.inputPerS)} uncached input tokens and ${rate(tier.outputPerS)} output tokens a second.
  # Measure it: tokbench sweep, then --run.
  capacity.requests_per_s_per_replica: {value: ${capacity}, low: ${Number((capacity / 2).toPrecision(2))}, high: ${Number((capacity * 1.5).toPrecision(2))}, unit: requests/s/replica, source: tokbench assumption, date: ${date}, confidence: low}
  capacity.accelerators_per_replica: ${tier.accelerators}
  # People: Red Hat ConfigIQ counts 0.25 to own, 0.20 to rent, 0.05 for an API.
  staff.fte: 0.25
  rent.fte: 0.2
  api.fte: 0.05
`;
}

const quoted = (text: string) => (/^[\w ,()-]+$/.test(text) ? text : JSON.stringify(text));
