import { describe, expect, it } from 'vitest';
import { acceptedCost, auditTokens, grossMargin, markup } from '../../src/economics/roi.ts';

describe('accepted work', () => {
  it('has no cost per accepted task without a quality figure', () => {
    expect(acceptedCost([{ costUsd: 1, acceptance: null }])).toMatchObject({
      state: 'refused',
      evidence: { missing: 'acceptance share of stage 1' },
    });
    expect(acceptedCost([{ costUsd: 1, acceptance: 0 }])).toMatchObject({
      value: { costPerAcceptedUsd: null, wastedShare: 1 },
    });
    expect(acceptedCost([]).state).toBe('refused');
  });

  it('audits classes by what became of them', () => {
    const audit = auditTokens([
      { class: 'outputVisible', fate: 'accepted', tokens: 100, usd: 3 },
      { class: 'outputReasoning', fate: 'rejected', tokens: 50, usd: 1 },
      { class: 'outputVisible', fate: 'accepted', tokens: 10, usd: 0 },
    ]);
    expect(audit.classes.outputVisible).toMatchObject({ tokensTotal: 110, usdTotal: 3 });
    expect(audit.wastedShare).toBe(0.25);
    expect(auditTokens([]).wastedShare).toBeNull();
    expect(() => auditTokens([{ class: 'input' as never, fate: 'accepted', tokens: 1, usd: 1 }])).toThrow(
      /token class/,
    );
  });

  it('keeps markup and margin apart', () => {
    expect([markup(150, 100), grossMargin(150, 100)]).toEqual([0.5, 1 / 3]);
  });
});
