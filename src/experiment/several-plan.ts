import { UserError } from '../error/user-error.ts';
import { type Plan, type PlanSources, resolvePlan } from './plan.ts';
import type { Suite } from './suite-schema.ts';

/** One of several targets: what it is called in tables and folders, and its own whole plan. */
export interface TargetPlan {
  readonly label: string;
  readonly plan: Plan;
  readonly out: string;
}

type TargetKeys = NonNullable<Suite['target']>;

export interface SeveralSources extends Omit<PlanSources, 'flags'> {
  readonly flags: Omit<PlanSources['flags'], 'target'>;
  /** `--target`, as often as it was given; they replace the suite's. */
  readonly targets: readonly string[];
}

/**
 * The plans of several targets that differ in nothing but whom they ask; null where there is only one. Each has a folder
 * of results of its own, `<suite>-<label>`.
 *
 * @throws UserError `bad_plan`, and those of `resolvePlan`
 */
export function severalPlans(sources: SeveralSources): TargetPlan[] | null {
  const { suite, flags, targets } = sources;
  const own = suite?.suite.targets;
  const list: readonly TargetKeys[] = targets.length > 0 ? targets : (own ?? []);
  if (list.length < 2 || (targets.length === 0 && flags.url !== undefined)) return null;
  if (targets.length === 0 && suite?.suite.target !== undefined)
    throw new UserError('bad_plan', `Suite ${suite.name} has target and targets, which exclude each other.`);
  if (flags.url !== undefined)
    throw new UserError(
      'bad_plan',
      '--url is one address and several targets are named: leave it out, or name one target.',
    );
  const name = suite?.name ?? sources.name ?? 'targets';
  const plans = list.map((target) => {
    const { targets: _, ...one } = suite?.suite ?? {};
    const { plan, out } = resolvePlan({
      ...sources,
      name,
      flags,
      suite: { name, file: suite?.file ?? `${process.cwd()}/.`, suite: { ...one, target } },
    });
    return { wished: typeof target === 'string' ? null : (target.name ?? null), plan, out };
  });
  const labels = labelsOf(plans);
  return plans.map(({ plan, out }, index) => {
    const label = labels[index]!;
    return { label, plan: { ...plan, suite: `${name}-${label}` }, out };
  });
}

/** The name that was given, else the preset's, else the address, else the model's; made different by numbers. */
function labelsOf(plans: readonly { readonly wished: string | null; readonly plan: Plan }[]): string[] {
  const hosts = plans.map(({ plan }) => URL.parse(plan.target.url ?? '')?.host ?? 'local');
  const names = plans.map(({ wished, plan }, index) => wished ?? plan.target.preset ?? hosts[index]!);
  const withModels = names.map((name, index) => {
    const { model } = plans[index]!.plan.target;
    return names.filter((other) => other === name).length > 1 && model !== null ? `${name} ${model}` : name;
  });
  return withModels.map((name, index) => {
    const before = withModels.slice(0, index).filter((other) => other === name).length;
    return before === 0 ? name : `${name} ${before + 1}`;
  });
}
