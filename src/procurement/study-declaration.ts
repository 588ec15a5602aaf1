import { predictability } from '../economics/demand.ts';
import { percent } from '../economics/finding.ts';
import type { CaseClass, DecisionCase, Privacy, Quality, TaskValue } from './decide-case.ts';
import type { Register } from './entry.ts';
import type { DemandProfileFile } from './profile.ts';
import { hoursOf } from './register.ts';
import type { LoadedStudy } from './study.ts';

/** What a study declares, over what its demand profile says; what nobody declared is null. */

export function strategyOf({ strategy = {} }: LoadedStudy['study'], register: Register): DecisionCase['strategy'] {
  const declared = strategy.predictable ?? null;
  const hours = hoursOf(register, 'demand.hourly');
  const history = hours === null ? null : predictability(hours);
  const measured = history?.state === 'ok' ? history.value : null;
  const evidence =
    measured === null
      ? null
      : `hours differ from a week earlier by ${percent(measured.errorShare)} of the mean (limit 25 %)`;
  return {
    core: strategy.core ?? null,
    predictable: declared ?? measured?.predictable ?? null,
    predictableEvidence: declared === null ? evidence : null,
    modelControl: strategy.modelControl ?? null,
  };
}

export function privacyOf({ privacy = {}, classes }: LoadedStudy['study'], demand: DemandProfileFile | null): Privacy {
  const sensitivity = privacy.sensitivity ?? demand?.sensitivity ?? null;
  const apiAllowed = privacy.apiAllowed ?? demand?.apiAllowed ?? true;
  const byClass = classes?.reduce((sum, one) => sum + (one.sensitive ? one.share : 0), 0);
  const bySensitivity =
    sensitivity === null ? null : sensitivity === 'confidential' || sensitivity === 'restricted' || !apiAllowed ? 1 : 0;
  return {
    sensitivity,
    apiAllowed,
    rentAllowed: privacy.rentAllowed ?? true,
    sensitiveShare: privacy.sensitiveShare ?? byClass ?? bySensitivity,
  };
}

export function qualityOf({ quality = {} }: LoadedStudy['study'], demand: DemandProfileFile | null): Quality {
  return {
    floor: quality.floor ?? demand?.quality.floor ?? null,
    self: quality.self ?? null,
    api: quality.api ?? null,
    equivalence: quality.equivalence ?? demand?.quality.equivalence ?? 'undeclared',
    check: quality.check ?? demand?.quality.check ?? null,
  };
}

/** Classes as stated; where a part of the volume is sensitive and may not go to the API, that part and the rest. */
export function classesOf({ classes }: LoadedStudy['study'], privacy: Privacy, quality: Quality): CaseClass[] {
  if (classes !== undefined)
    return classes.map((one) => ({
      ...{ name: one.name, share: one.share, sensitive: one.sensitive, qualityOwn: one.quality ?? quality.self },
      ...{ apiFactor: one.apiFactor, acceleratorFactor: one.acceleratorFactor },
    }));
  const { sensitiveShare, apiAllowed } = privacy;
  if (apiAllowed || sensitiveShare === null || !(sensitiveShare > 0 && sensitiveShare < 1)) return [];
  const alike = { qualityOwn: quality.self, apiFactor: 1, acceleratorFactor: 1 };
  return [
    { name: 'sensitive', share: sensitiveShare, sensitive: true, ...alike },
    { name: 'other', share: 1 - sensitiveShare, sensitive: false, ...alike },
  ];
}

export function taskOf({ value = {} }: LoadedStudy['study'], demand: DemandProfileFile | null): TaskValue {
  const unit = demand?.unitOfWork;
  return {
    unit: value.unit ?? unit?.name ?? 'task',
    callsPerTask: value.callsPerTask ?? unit?.callsPerUnit ?? 1,
    usdPerTask: value.usdPerTask ?? unit?.valueUsd ?? null,
    reviewUsdPerTask: value.reviewUsdPerTask ?? unit?.reviewUsd ?? null,
    escalate: value.escalate ?? false,
    failedShare: value.failedShare ?? null,
    discardedShare: value.discardedShare ?? null,
    claimedMargin: value.claimedMargin ?? null,
  };
}
